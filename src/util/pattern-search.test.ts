import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { PatternSearch } from './pattern-search.ts';
import { seededRandom } from './random.ts';

function searchFor(...patterns: string[]): PatternSearch {
  const search = new PatternSearch();
  for (const pattern of patterns) search.add(Buffer.from(pattern));
  return search;
}

test('finds what is there and nothing else, wherever it is', () => {
  const search = searchFor('my cat is ill', 'my cat', 'übermut', '1234');
  const isIn = (text: string): boolean => search.isIn(Buffer.from(text));
  expect(isIn('I said: my cat is ill!')).toBe(true);
  expect(isIn('my cat')).toBe(true);
  expect(isIn('my ca')).toBe(false);
  expect(isIn('nothing of my dog, but Übermut')).toBe(false);
  expect(isIn('voll übermut')).toBe(true);
  expect(isIn('12345')).toBe(true);
  expect(isIn('')).toBe(false);
  expect(new PatternSearch().isIn(Buffer.from('abcdef'))).toBe(false);
  expect(searchFor('abc').isIn(Buffer.from('abc'))).toBe(false);
});

test('agrees with a search one by one on random bytes of few values', () => {
  const random = seededRandom(3);
  const bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => 97 + random.integer(2)));
  let found = 0;
  for (let round = 0; round < 2000; round++) {
    const patterns = Array.from({ length: 3 }, () => bytes(4 + random.integer(9)));
    const text = bytes(random.integer(40));
    const expected = patterns.some((pattern) => text.includes(pattern));
    found += Number(expected);
    expect(searchFor(...patterns.map(String)).isIn(text)).toBe(expected);
  }
  expect(found).toBeGreaterThan(200);
  expect(found).toBeLessThan(1800);
});

test('finds a pattern across the blocks of a file, and a long one by its beginning', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'pattern-search-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const path = join(directory, 'file');
  const search = searchFor('a needle in the hay', 'x'.repeat(10_000));
  const block = 1 << 22;
  for (const offset of [0, block - 10, block, block + 30, 2 * block + 3]) {
    const content = Buffer.alloc(offset + 50, 'h');
    content.write('a needle in the hay', offset);
    await writeFile(path, content);
    expect(await search.isInFile(path)).toBe(true);
    content.write('A', offset);
    await writeFile(path, content);
    expect(await search.isInFile(path)).toBe(false);
  }
  await writeFile(path, `y${'x'.repeat(5000)}`);
  expect(await search.isInFile(path)).toBe(true);
  await writeFile(path, `y${'x'.repeat(4000)}`);
  expect(await search.isInFile(path)).toBe(false);
});
