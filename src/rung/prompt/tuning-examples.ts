import type { ExampleSet } from '../../data/example-set.ts';
import type { Example } from '../../schema/example.ts';
import { sha256 } from '../../util/content-hash.ts';
import type { RungContext } from '../rung.ts';

/** Calls are dear: this many examples tell templates apart that differ by more than about ten points. */
const MOST_TUNING_EXAMPLES = 100;

/** What a rung tunes on, and which examples it must not learn from meanwhile. */
export interface TuningExamples {
  /** In an order that any prefix is a fair sample of. */
  examples: readonly Example[];
  /** `validation`, or `train` when there is no validation split. */
  from: 'validation' | 'train';
  /** True for training examples that would give the tuning examples away. */
  isHeldBack: (example: Example) => boolean;
}

/** A seeded subset of validation; without validation, one of train of at most a quarter, its groups held back. */
export async function pickTuningExamples(
  context: Pick<RungContext, 'train' | 'validation' | 'seed'>,
): Promise<TuningExamples> {
  const { train, validation, seed } = context;
  if (validation.count > 0) {
    const examples = await seededSubset(validation, MOST_TUNING_EXAMPLES, seed);
    return { examples, from: 'validation', isHeldBack: () => false };
  }
  const examples = await seededSubset(
    train,
    Math.min(MOST_TUNING_EXAMPLES, Math.floor(train.count / 4)),
    seed,
  );
  const groups = new Set(examples.map(({ group }) => group));
  return { examples, from: 'train', isHeldBack: ({ group }) => groups.has(group) };
}

/** The `size` examples with the smallest keyed hashes, in the order of their hashes. */
async function seededSubset(examples: ExampleSet, size: number, seed: number): Promise<Example[]> {
  let kept: { rank: string; example: Example }[] = [];
  const prune = (): void => {
    kept = kept.toSorted((a, b) => (a.rank < b.rank ? -1 : 1)).slice(0, size);
  };
  for await (const example of examples) {
    kept.push({ rank: sha256(`tuning ${seed} ${example.id}`), example });
    if (kept.length >= 4 * size + 1000) prune();
  }
  prune();
  return kept.map(({ example }) => example);
}
