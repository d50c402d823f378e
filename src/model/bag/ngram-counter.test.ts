import { describe, expect, it } from 'vitest';
import { WORDS_AND_CHARACTERS, WORDS_ONLY } from './bag-settings.ts';
import { NgramCounter } from './ngram-counter.ts';

function countsOf(
  text: string,
  settings = WORDS_AND_CHARACTERS,
): { words: number[][]; characters: number[][] } {
  const counter = new NgramCounter(settings);
  counter.count(text);
  const all = Array.from({ length: counter.length }, (_, i) => [counter.buckets[i]!, counter.counts[i]!]);
  return { words: all.slice(0, counter.wordEnd), characters: all.slice(counter.wordEnd) };
}

/** FNV-1a with MurmurHash3's final mixing in arbitrary precision: what the documentation says, written another way. */
function bucketOf(text: string, bits: number): number {
  let hash = 0x811c9dc5n;
  for (let i = 0; i < text.length; i++) {
    hash = ((hash ^ BigInt(text.charCodeAt(i))) * 0x01000193n) & 0xffffffffn;
  }
  hash = ((hash ^ (hash >> 16n)) * 0x85ebca6bn) & 0xffffffffn;
  hash = ((hash ^ (hash >> 13n)) * 0xc2b2ae35n) & 0xffffffffn;
  return Number((hash ^ (hash >> 16n)) >> BigInt(32 - bits));
}

describe('NgramCounter', () => {
  it('gives the buckets that are written down here', () => {
    expect(countsOf('a b')).toMatchInlineSnapshot(`
      {
        "characters": [
          [
            1924122,
            1,
          ],
          [
            1586652,
            1,
          ],
        ],
        "words": [
          [
            108555,
            1,
          ],
          [
            535622,
            1,
          ],
          [
            651184,
            1,
          ],
        ],
      }
    `);
  });

  it('hashes words and character n-grams as documented', () => {
    const { words, characters } = countsOf('Cat');
    expect(words).toEqual([[bucketOf('cat', 20), 1]]);
    const grams = [' ca', ' cat', ' cat ', 'cat', 'cat ', 'at '];
    expect(characters).toEqual(grams.map((gram) => [2 ** 20 + bucketOf(gram, 20), 1]));
  });

  it('keeps punctuation and Han characters as tokens', () => {
    const { words } = countsOf('do not, 統計', { ...WORDS_ONLY, wordOrder: 1 });
    expect(words).toEqual(['do', 'not', ',', '統', '計'].map((token) => [bucketOf(token, 20), 1]));
  });

  it('counts repetitions, and starts anew with each text', () => {
    const counter = new NgramCounter({ ...WORDS_ONLY, wordOrder: 1 });
    counter.count('go go GO');
    expect([counter.length, counter.counts[0]]).toEqual([1, 3]);
    counter.count('go');
    expect([counter.length, counter.counts[0]]).toEqual([1, 1]);
  });

  it('does not tell composed from decomposed letters', () => {
    expect(countsOf('\u00e9cole')).toEqual(countsOf('E\u0301COLE'));
  });

  it.each([[''], [' '], ['\t\n\u3000'], ['\u0000']])('finds nothing in %j', (text) => {
    expect(countsOf(text)).toEqual({ words: [], characters: [] });
  });

  it.each([
    ['a lone high surrogate', '\ud800', 1],
    ['a lone low surrogate in a word', 'a\udc00b', 1],
    ['swapped surrogates', '\udc00\ud800', 1],
    ['an emoji sequence', '👩‍👩‍👧', 1],
    ['right-to-left words', 'שלום عالم', 3],
  ])('takes %s', (_name, text, words) => {
    expect(countsOf(text).words).toHaveLength(words);
  });

  it('takes a word of a million letters and a text of 200,000 words in linear time and bounded memory', () => {
    const counter = new NgramCounter(WORDS_AND_CHARACTERS);
    counter.count('x'.repeat(1_000_000));
    expect(counter.length).toBe(1 + 9);
    counter.count('lorem ipsum dolor '.repeat(66_666));
    expect(counter.wordEnd).toBe(6);
    expect(Math.max(...counter.counts.subarray(0, 6))).toBe(66_666);
  });
});
