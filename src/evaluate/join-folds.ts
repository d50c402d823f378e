import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Example } from '../schema/example.ts';
import { DenseIndex } from './dense-index.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/** One fold's answers: row i of `scored` answers the i-th example of `fold.test` (or a beginning of it). */
export interface ScoredFold {
  fold: { readonly test: readonly Pick<Example, 'id'>[] };
  scored: ScoredPredictions;
}

/**
 * The out-of-fold answers of folds × repeats as one list: `example` is the index into `examples`, repeats of one example
 * are further rows. Probabilities are kept only if every fold has them.
 */
export function joinFolds(
  folds: readonly ScoredFold[],
  examples: readonly Pick<Example, 'id' | 'group'>[],
): ScoredPredictions {
  const labels = folds[0]?.scored.labels ?? [];
  requireSameLabels(folds, labels);
  const indexOfId = new Map(examples.map(({ id }, index) => [id, index]));
  const groups = new DenseIndex();
  const groupOfExample = examples.map(({ group }) => groups.of(group));
  const example = folds.flatMap(({ fold, scored }) =>
    Array.from(scored.example, (position) => indexOfId.get(fold.test[position]!.id)!),
  );
  return {
    labels,
    expected: concatInt32(folds.map(({ scored }) => scored.expected)),
    predicted: concatInt32(folds.map(({ scored }) => scored.predicted)),
    probabilities: concatProbabilities(folds.map(({ scored }) => scored.probabilities)),
    group: Int32Array.from(example, (index) => groupOfExample[index]!),
    example: Int32Array.from(example),
  };
}

function requireSameLabels(folds: readonly ScoredFold[], labels: readonly string[]): void {
  const other = folds.find(
    ({ scored }) =>
      scored.labels.length !== labels.length || scored.labels.some((label, index) => label !== labels[index]),
  );
  if (other === undefined) return;
  throw new HomegrownError({
    code: 'evaluate/different-labels',
    message: 'the folds of a cross-validation do not share one list of labels',
    expected: `${labels.length} labels in one order`,
    found: `${other.scored.labels.length} labels in another fold`,
    hint: 'Score every fold with the labels of the whole data set.',
  });
}

function concatInt32(parts: readonly Int32Array[]): Int32Array {
  const joined = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

function concatProbabilities(parts: readonly (Float32Array | null)[]): Float32Array | null {
  const present = parts.filter((part) => part !== null);
  if (present.length !== parts.length || present.length === 0) return null;
  const joined = new Float32Array(present.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of present) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
