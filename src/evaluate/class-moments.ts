import { GroupMoments } from './group-moments.ts';
import { rowsByGroup } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/** Group sums behind one label's statistics. */
export interface ClassMoments {
  /** Right answers among examples of the class. */
  recall: GroupMoments;
  /** Right answers among answers with the label. */
  precision: GroupMoments;
  /** Right answers among examples of the class or answers with the label: Jaccard's index J, and F1 = 2J / (1 + J). */
  jaccard: GroupMoments;
}

/** Group sums of the whole set's accuracy and of each label. */
export interface QualityMoments {
  accuracy: GroupMoments;
  classes: ClassMoments[];
}

const RIGHT = 0;
const EXPECTED = 1;
const PREDICTED = 2;

/** Gathers the group sums of accuracy, and of recall, precision and Jaccard's index of each label. */
export function qualityMoments(scored: ScoredPredictions, weights: Float64Array): QualityMoments {
  const labels = scored.labels.length;
  const moments: QualityMoments = {
    accuracy: new GroupMoments(),
    classes: Array.from({ length: labels }, () => ({
      recall: new GroupMoments(),
      precision: new GroupMoments(),
      jaccard: new GroupMoments(),
    })),
  };
  const rows = rowsByGroup(scored);
  const sums = new Float64Array(labels * 3);
  for (let start = 0; start < rows.length;) {
    let end = start;
    while (end < rows.length && scored.group[rows[end]!] === scored.group[rows[start]!]) end++;
    addGroup(scored, weights, rows.subarray(start, end), sums, moments);
    start = end;
  }
  return moments;
}

/** Adds one group; leaves `sums` (labels × 3) zero again. */
function addGroup(
  scored: ScoredPredictions,
  weights: Float64Array,
  rows: Int32Array,
  sums: Float64Array,
  moments: QualityMoments,
): void {
  let right = 0;
  let total = 0;
  for (const row of rows) {
    const expected = scored.expected[row]!;
    const predicted = scored.predicted[row]!;
    const weight = weights[row]!;
    total += weight;
    sums[expected * 3 + EXPECTED]! += weight;
    if (predicted >= 0) sums[predicted * 3 + PREDICTED]! += weight;
    if (predicted !== expected) continue;
    right += weight;
    sums[expected * 3 + RIGHT]! += weight;
  }
  moments.accuracy.add(right, total);
  for (const row of rows) {
    flush(moments.classes, sums, scored.expected[row]!);
    if (scored.predicted[row]! >= 0) flush(moments.classes, sums, scored.predicted[row]!);
  }
}

function flush(classes: ClassMoments[], sums: Float64Array, label: number): void {
  const right = sums[label * 3 + RIGHT]!;
  const expected = sums[label * 3 + EXPECTED]!;
  const predicted = sums[label * 3 + PREDICTED]!;
  if (expected + predicted === 0) return;
  const { recall, precision, jaccard } = classes[label]!;
  recall.add(right, expected);
  precision.add(right, predicted);
  jaccard.add(right, expected + predicted - right);
  sums.fill(0, label * 3, label * 3 + 3);
}
