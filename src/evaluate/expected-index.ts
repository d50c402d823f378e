import { placeOfExample } from '../data/example-place.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Example } from '../schema/example.ts';
import { closestName } from '../util/closest-name.ts';

/** Number of a label; throws `evaluate/unknown-label` for one that is not among the task's. */
export function expectedIndex(
  index: ReadonlyMap<string, number>,
  label: string,
  origin?: Example['origin'],
): number {
  const found = index.get(label);
  if (found !== undefined) return found;
  const near = closestName(label, index.keys());
  throw new HomegrownError({
    code: 'evaluate/unknown-label',
    message: 'an example has an output that the candidate cannot answer',
    where: origin === undefined ? undefined : placeOfExample(origin),
    expected:
      near === undefined ? `one of ${index.size} labels` : `a known label such as ${JSON.stringify(near)}`,
    found: JSON.stringify(label),
    hint: 'Train a new candidate on data that has this label, or correct the example.',
  });
}
