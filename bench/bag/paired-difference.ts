import { seededRandom } from '../../src/util/random.ts';

/** A mean difference in accuracy with its 95 % bootstrap interval. */
export interface PairedDifference {
  difference: number;
  low: number;
  high: number;
}

const RESAMPLES = 2000;

/** Accuracy of `ours` less that of `theirs` on the same texts; the bootstrap draws whole groups. */
export function pairedDifference(
  ours: readonly boolean[],
  theirs: readonly boolean[],
  groups: readonly string[],
): PairedDifference {
  const { sums, counts } = differencesByGroup(ours, theirs, groups);
  const random = seededRandom(1);
  const resampled = Float64Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    let count = 0;
    for (let draw = 0; draw < sums.length; draw++) {
      const group = random.integer(sums.length);
      sum += sums[group]!;
      count += counts[group]!;
    }
    return sum / count;
  }).toSorted();
  const total = sums.reduce((a, b) => a + b, 0);
  return {
    difference: total / groups.length,
    low: resampled[Math.floor(RESAMPLES * 0.025)]!,
    high: resampled[Math.ceil(RESAMPLES * 0.975) - 1]!,
  };
}

function differencesByGroup(
  ours: readonly boolean[],
  theirs: readonly boolean[],
  groups: readonly string[],
): { sums: number[]; counts: number[] } {
  const indexOf = new Map<string, number>();
  const sums: number[] = [];
  const counts: number[] = [];
  for (const [position, group] of groups.entries()) {
    const index = indexOf.get(group) ?? sums.length;
    indexOf.set(group, index);
    sums[index] = (sums[index] ?? 0) + Number(ours[position]) - Number(theirs[position]);
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return { sums, counts };
}
