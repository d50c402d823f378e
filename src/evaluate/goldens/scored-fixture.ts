import type { ScoredPredictions } from '../scored-predictions.ts';

/** Scored predictions for tests: one example and one group a row unless told otherwise. */
export function scoredFrom(facts: {
  labels: number;
  expected: readonly number[];
  predicted: readonly number[];
  /** Probability of the predicted label, row by row; the others share the rest. */
  confidence?: readonly number[];
  group?: readonly number[];
  example?: readonly number[];
}): ScoredPredictions {
  const { labels, expected, predicted, confidence, group, example } = facts;
  const rows = [...expected.keys()];
  return {
    labels: Array.from({ length: labels }, (_, label) => `label-${label}`),
    expected: Int32Array.from(expected),
    predicted: Int32Array.from(predicted),
    probabilities:
      confidence === undefined
        ? null
        : Float32Array.from(
            rows.flatMap((row) =>
              Array.from({ length: labels }, (_, label) =>
                label === predicted[row] ? confidence[row]! : (1 - confidence[row]!) / (labels - 1),
              ),
            ),
          ),
    group: Int32Array.from(group ?? rows),
    example: Int32Array.from(example ?? rows),
  };
}
