import type { ScoredPredictions } from './scored-predictions.ts';

/** Weight of each row such that every example counts once however often it was predicted. */
export function rowWeights(scored: ScoredPredictions): Float64Array {
  const repeats = repeatsOfExamples(scored);
  return Float64Array.from(scored.example, (example) => 1 / repeats[example]!);
}

/** Rows of each example, by its index. */
function repeatsOfExamples(scored: ScoredPredictions): Int32Array {
  const repeats = new Int32Array(largest(scored.example) + 1);
  for (const example of scored.example) repeats[example]!++;
  return repeats;
}

/** Row numbers ordered by group, ties in row order. */
export function rowsByGroup(scored: ScoredPredictions): Int32Array {
  const starts = new Int32Array(largest(scored.group) + 2);
  for (const group of scored.group) starts[group + 1]!++;
  for (let group = 1; group < starts.length; group++) starts[group]! += starts[group - 1]!;
  const rows = new Int32Array(scored.group.length);
  for (let row = 0; row < rows.length; row++) rows[starts[scored.group[row]!]!++] = row;
  return rows;
}

/** Number of distinct values of a dense index. */
export function countDistinct(values: Int32Array): number {
  const seen = new Uint8Array(largest(values) + 1);
  let count = 0;
  for (const value of values) {
    if (seen[value] === 0) count++;
    seen[value] = 1;
  }
  return count;
}

/** The largest value, or -1 of none. */
export function largest(values: Int32Array): number {
  let found = -1;
  for (const value of values) if (value > found) found = value;
  return found;
}
