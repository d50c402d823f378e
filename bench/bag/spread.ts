/** A figure measured once per round. */
export interface Spread {
  median: number;
  min: number;
  max: number;
}

/** Median and range of one figure per round. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return {
    median: (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2,
    min: sorted[0]!,
    max: sorted[sorted.length - 1]!,
  };
}

/** Spread of the ratio, round by round, so that a slow moment of the machine meets both sides. */
export function ratioSpread(numerators: readonly number[], denominators: readonly number[]): Spread {
  return spreadOf(numerators.map((value, round) => value / denominators[round]!));
}
