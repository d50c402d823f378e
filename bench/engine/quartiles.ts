/** The middle half of some figures. */
export interface Quartiles {
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** Median and quartiles, interpolated. */
export function quartilesOf(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const position = share * (sorted.length - 1);
    const below = sorted[Math.floor(position)]!;
    return below + (sorted[Math.ceil(position)]! - below) * (position % 1);
  };
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
