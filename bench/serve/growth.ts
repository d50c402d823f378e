/** How a series of samples grew over its whole length. */
export interface Growth {
  samples: number;
  /** Medians of the first and the last tenth. */
  first: number;
  last: number;
  max: number;
  /** Theil-Sen slope (the median of all pairwise slopes) times the length: garbage collection's saw teeth do not move it. */
  growth: number;
}

/** Fits the growth of samples taken at equal intervals. */
export function growthOf(values: readonly number[]): Growth {
  const tenth = Math.max(1, Math.floor(values.length / 10));
  return {
    samples: values.length,
    first: median(values.slice(0, tenth)),
    last: median(values.slice(-tenth)),
    max: Math.max(...values),
    growth: theilSenSlope(values) * (values.length - 1),
  };
}

/** On at most 400 evenly spaced samples, since it looks at every pair. */
function theilSenSlope(values: readonly number[]): number {
  const step = Math.max(1, Math.ceil(values.length / 400));
  const slopes: number[] = [];
  for (let i = 0; i < values.length; i += step) {
    for (let j = i + step; j < values.length; j += step) slopes.push((values[j]! - values[i]!) / (j - i));
  }
  return slopes.length === 0 ? 0 : median(slopes);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
