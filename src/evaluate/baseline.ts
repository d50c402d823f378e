import type { ExampleSet } from '../data/example-set.ts';
import { DenseIndex } from './dense-index.ts';
import { expectedIndex } from './expected-index.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/** What answering `label` (the commonest of the training split) to everything scores: what any model must beat. */
export async function baselinePredictions(
  examples: ExampleSet,
  { label, labels }: { label: string; labels: readonly string[] },
): Promise<ScoredPredictions> {
  const index = new Map(labels.map((name, position) => [name, position]));
  const groups = new DenseIndex();
  const expected: number[] = [];
  const group: number[] = [];
  for await (const example of examples) {
    expected.push(expectedIndex(index, example.output, example.origin));
    group.push(groups.of(example.group));
  }
  return {
    labels,
    expected: Int32Array.from(expected),
    predicted: new Int32Array(expected.length).fill(expectedIndex(index, label)),
    probabilities: null,
    group: Int32Array.from(group),
    example: Int32Array.from(expected.keys()),
  };
}
