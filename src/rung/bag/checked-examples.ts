import { placeOfExample } from '../../data/example-place.ts';
import type { ExampleSet } from '../../data/example-set.ts';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Example } from '../../schema/example.ts';
import type { RungContext } from '../rung.ts';

/** Examples one by one, until they are no longer wanted. */
export async function* checked(
  examples: ExampleSet,
  { signal }: Pick<RungContext, 'signal'>,
): AsyncGenerator<Example> {
  for await (const example of examples) {
    signal.throwIfAborted();
    yield example;
  }
}

const indexOfLabel = new WeakMap<readonly string[], Map<string, number>>();

/** The class of an example. Throws `rung/unknown-label`. */
export function targetOf({ output, origin }: Example, labels: readonly string[]): number {
  let index = indexOfLabel.get(labels);
  if (index === undefined) {
    index = new Map(labels.map((label, i) => [label, i]));
    indexOfLabel.set(labels, index);
  }
  const target = index.get(output);
  if (target !== undefined) return target;
  throw new HomegrownError({
    code: 'rung/unknown-label',
    message: 'this example has a label that the data set does not list',
    where: placeOfExample(origin),
    expected: `one of the ${labels.length} labels`,
    found: JSON.stringify(output),
  });
}
