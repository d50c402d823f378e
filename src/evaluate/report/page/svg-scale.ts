/** Maps a value to a position in a drawing, with the values worth a tick. */
export interface Scale {
  at(value: number): number;
  ticks: readonly number[];
}

/** Where a scale begins and ends, in values and in drawing units. */
export interface ScaleRange {
  domain: readonly [number, number];
  range: readonly [number, number];
  /** About how many ticks there is room for. */
  ticks: number;
}

/** A linear scale with ticks at 1, 2 or 5 times a power of ten. */
export function linearScale({ domain: [low, high], range: [from, to], ticks }: ScaleRange): Scale {
  const step = niceStep((high - low) / Math.max(1, ticks));
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.floor(high / step + 1e-9) - first + 1);
  return {
    at: (value) => from + ((value - low) / (high - low || 1)) * (to - from),
    ticks: Array.from({ length: count }, (_, index) => Number(((first + index) * step).toPrecision(12))),
  };
}

/** A logarithmic scale with as dense ticks as there is room for: 1, 2 and 5 in each decade, 1 and 3, every decade, or fewer. Values must be above 0. */
export function logScale({ domain: [low, high], range: [from, to], ticks }: ScaleRange): Scale {
  const [start, end] = [Math.log10(low), Math.log10(high)];
  const linear = linearScale({ domain: [start, end], range: [from, to], ticks });
  return { at: (value) => linear.at(Math.log10(value)), ticks: logTicks(start, end, ticks) };
}

/** The smallest and largest value with room around: `share` of the span on both sides. */
export function padded(low: number, high: number, share: number): [number, number] {
  const room = (high - low) * share;
  return [low - room, high + room];
}

/** Ticks within a decade, densest first, with the smallest distance between two in decades. */
const LOG_TICKS: readonly { factors: readonly number[]; gap: number }[] = [
  { factors: [1, 2, 5], gap: 0.3 },
  { factors: [1, 3], gap: 0.47 },
  { factors: [1], gap: 1 },
];

function logTicks(start: number, end: number, wanted: number): number[] {
  const room = (end - start) / Math.max(1, wanted);
  const factors = LOG_TICKS.find(({ gap }) => gap >= room)?.factors ?? [1];
  const stride = Math.max(1, Math.ceil(room - 1e-9));
  const first = Math.ceil(start - 1e-9);
  const all: number[] = [];
  for (let exponent = Math.floor(start); exponent <= Math.ceil(end); exponent++) {
    if ((exponent - first) % stride !== 0) continue;
    for (const factor of factors) all.push(Number((factor * 10 ** exponent).toPrecision(6)));
  }
  return all.filter((tick) => Math.log10(tick) >= start - 1e-9 && Math.log10(tick) <= end + 1e-9);
}

function niceStep(rough: number): number {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= rough * 0.999) ?? 10;
  return factor * power;
}
