import type { ScoredPredictions } from './scored-predictions.ts';

/** Rows: expected label; columns: predicted label and a last one for unusable answers. Flat, row-major. */
export interface Confusion {
  readonly labels: number;
  readonly counts: Float64Array;
  /** Per label: rows expected to be it, predicted as it, and both. */
  readonly expected: Float64Array;
  readonly predicted: Float64Array;
  readonly right: Float64Array;
}

/** Counts answers by expected and predicted label, each row with its weight. */
export function confusionOf(scored: ScoredPredictions, weights: Float64Array): Confusion {
  const labels = scored.labels.length;
  const counts = new Float64Array(labels * (labels + 1));
  for (let row = 0; row < weights.length; row++) {
    const predicted = scored.predicted[row]!;
    const column = predicted < 0 ? labels : predicted;
    counts[scored.expected[row]! * (labels + 1) + column]! += weights[row]!;
  }
  return withMargins(labels, counts);
}

function withMargins(labels: number, counts: Float64Array): Confusion {
  const expected = new Float64Array(labels);
  const predicted = new Float64Array(labels);
  const right = new Float64Array(labels);
  for (let row = 0; row < labels; row++) {
    for (let column = 0; column <= labels; column++) {
      const count = counts[row * (labels + 1) + column]!;
      expected[row]! += count;
      if (column < labels) predicted[column]! += count;
      if (column === row) right[row]! += count;
    }
  }
  return { labels, counts, expected, predicted, right };
}

/** F1 of one label: 2·right / (expected + predicted); null when it was neither expected nor predicted. */
export function f1Of(confusion: Confusion, label: number): number | null {
  const sum = confusion.expected[label]! + confusion.predicted[label]!;
  return sum > 0 ? (2 * confusion.right[label]!) / sum : null;
}

/** Mean F1 of the labels that were expected or predicted at all (scikit-learn's `average="macro"`); 0 of none. */
export function macroF1Of(confusion: Confusion): number {
  let sum = 0;
  let defined = 0;
  for (let label = 0; label < confusion.labels; label++) {
    const f1 = f1Of(confusion, label);
    if (f1 === null) continue;
    sum += f1;
    defined++;
  }
  return defined === 0 ? 0 : sum / defined;
}
