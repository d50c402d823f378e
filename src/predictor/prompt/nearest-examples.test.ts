import { beforeAll, describe, expect, test } from 'vitest';
import { readWordnetExamples } from '../../../scripts/wordnet-examples.ts';
import { nearestExamples, wordsOf } from './nearest-examples.ts';
import type { ShownExample } from './prompt-file.ts';

describe('nearest examples', () => {
  let glosses: ShownExample[];

  beforeAll(async () => {
    glosses = [];
    for await (const { input, output } of readWordnetExamples()) {
      glosses.push({ input, output });
      if (glosses.length === 5000) break;
    }
  });

  test('an example is nearest to itself, and the same question gets the same answer', () => {
    const index = nearestExamples(glosses);
    const again = nearestExamples(glosses);
    for (let row = 0; row < glosses.length; row += 250) {
      const { input } = glosses[row]!;
      const found = index.find(input, 8);
      expect(found[0]!.input).toBe(input);
      expect(found).toHaveLength(8);
      expect(index.find(input, 8)).toEqual(found);
      expect(again.find(input, 8)).toEqual(found);
    }
  });

  test('agrees with BM25 worked out for every example', () => {
    const some = glosses.slice(0, 300);
    const index = nearestExamples(some);
    for (const { input } of glosses.slice(300, 340)) {
      const scores = some.map((example) => bm25(input, example.input, some));
      const order = scores
        .map((_, row) => row)
        .filter((row) => scores[row]! > 0)
        .toSorted((a, b) => scores[b]! - scores[a]! || a - b);
      const expected = order.slice(0, 5).map((row) => scores[row]!);
      const found = index.find(input, 5).map((example) => scores[some.indexOf(example)]!);
      expect(found).toHaveLength(expected.length);
      for (const [rank, score] of found.entries()) expect(score).toBeCloseTo(expected[rank]!, 9);
    }
  });

  test('finds nothing without a common word, and gives what there is of fewer', () => {
    const index = nearestExamples([{ input: 'red fox', output: 'animal' }]);
    expect(index.find('', 3)).toEqual([]);
    expect(index.find('blue sky', 3)).toEqual([]);
    expect(index.find('a FOX!', 3)).toEqual([{ input: 'red fox', output: 'animal' }]);
    expect(nearestExamples([]).find('fox', 3)).toEqual([]);
  });

  test('equally near examples keep their order', () => {
    const index = nearestExamples(['b', 'c', 'a'].map((output) => ({ input: 'red fox', output })));
    expect(index.find('fox', 2).map(({ output }) => output)).toEqual(['b', 'c']);
  });

  test('reads every script, and any input in bounded time', () => {
    expect(wordsOf("The fox's 2 cubs — naïve Übermut")).toEqual([
      'the',
      'fox',
      's',
      '2',
      'cubs',
      'naïve',
      'übermut',
    ]);
    expect(wordsOf('红狐狸 fox和狗')).toEqual(['红', '狐', '狸', 'fox', '和', '狗']);
    expect(wordsOf('مرحبا بالعالم')).toEqual(['مرحبا', 'بالعالم']);
    expect(wordsOf('\ud800 \0 🦊')).toEqual([]);
    const started = performance.now();
    expect(wordsOf('x'.repeat(1_000_000))).toEqual(['x'.repeat(64)]);
    nearestExamples(glosses).find(glosses.map(({ input }) => input).join(' '), 16);
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

/** Robertson & Zaragoza 2009 with k1 1.2 and b .75, word by word. */
function bm25(query: string, text: string, all: readonly ShownExample[]): number {
  const words = wordsOf(text);
  const documents = all.map(({ input }) => wordsOf(input));
  const mean = documents.reduce((sum, { length }) => sum + length, 0) / documents.length;
  let score = 0;
  for (const word of new Set(wordsOf(query))) {
    const count = words.filter((other) => other === word).length;
    const holders = documents.filter((document) => document.includes(word)).length;
    const rarity = Math.log(1 + (documents.length - holders + 0.5) / (holders + 0.5));
    score += (rarity * count * 2.2) / (count + 1.2 * (0.25 + (0.75 * words.length) / mean));
  }
  return score;
}
