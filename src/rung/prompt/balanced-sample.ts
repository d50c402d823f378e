import type { ExampleSet } from '../../data/example-set.ts';
import type { Example } from '../../schema/example.ts';
import { seededRandom } from '../../util/random.ts';

/**
 * At most `size` examples in their order, every class as evenly as its size allows, picked by the seed. Reads the set
 * twice and holds only what it picks.
 */
export async function balancedSample(
  examples: ExampleSet,
  options: { size: number; seed: number; skip?: (example: Example) => boolean },
): Promise<Example[]> {
  const { size, seed, skip = () => false } = options;
  const left = await countClasses(examples, skip);
  const wanted = evenQuotas(left, size);
  const random = seededRandom(seed);
  const picked: Example[] = [];
  for await (const example of examples) {
    if (skip(example)) continue;
    const label = example.output;
    // Selection sampling (Knuth, volume 2, 3.4.2, algorithm S), one stream per class.
    const [available, needed] = [left.get(label)!, wanted.get(label)!];
    left.set(label, available - 1);
    if (random.next() * available >= needed) continue;
    wanted.set(label, needed - 1);
    picked.push(example);
  }
  return picked;
}

async function countClasses(
  examples: ExampleSet,
  skip: (example: Example) => boolean,
): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const example of examples) {
    if (!skip(example)) counts.set(example.output, (counts.get(example.output) ?? 0) + 1);
  }
  return counts;
}

/** The same number for every class; what small classes cannot give goes to the others. */
function evenQuotas(counts: ReadonlyMap<string, number>, size: number): Map<string, number> {
  const quotas = new Map<string, number>();
  let room = size;
  const smallestFirst = [...counts].toSorted(([a, m], [b, n]) => m - n || (a < b ? -1 : 1));
  for (const [position, [label, count]] of smallestFirst.entries()) {
    const quota = Math.min(count, Math.floor(room / (smallestFirst.length - position)));
    quotas.set(label, quota);
    room -= quota;
  }
  return quotas;
}
