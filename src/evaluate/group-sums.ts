import { GroupMoments } from './group-moments.ts';
import { largest } from './rows.ts';

/** How often each group was drawn in a bootstrap resample, by group index. */
export type GroupTimes = Int32Array;

/** Sum of a number per row for each group. */
export function sumsByGroup(group: Int32Array, values: Float64Array): Float64Array {
  const sums = new Float64Array(largest(group) + 1);
  for (let row = 0; row < group.length; row++) sums[group[row]!]! += values[row]!;
  return sums;
}

/** Moments over groups of a numerator's and a denominator's sums, each group once or as often as it was drawn. */
export function momentsOf(s: Float64Array, t: Float64Array, times?: GroupTimes): GroupMoments {
  const moments = new GroupMoments();
  for (let group = 0; group < s.length; group++) {
    moments.add(s[group]!, t[group]!, times === undefined ? 1 : times[group]!);
  }
  return moments;
}

/** Row weights times how often each row's group was drawn. */
export function drawnWeights(weights: Float64Array, group: Int32Array, times?: GroupTimes): Float64Array {
  return times === undefined ? weights : weights.map((weight, row) => weight * times[group[row]!]!);
}
