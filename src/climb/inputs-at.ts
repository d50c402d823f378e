import type { ExampleSet } from '../data/example-set.ts';

/** The inputs at some positions of a set, read in one pass. */
export async function inputsAt(
  examples: ExampleSet,
  wanted: ReadonlySet<number>,
): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  let position = 0;
  for await (const { input } of examples) {
    if (wanted.has(position)) found.set(position, input);
    if (found.size === wanted.size) break;
    position++;
  }
  return found;
}
