import type { ShownExample } from './prompt-file.ts';

/** Okapi BM25's usual constants (Robertson & Zaragoza 2009). */
const K1 = 1.2;
const B = 0.75;

/** Words of a text that are looked up; the rarest are kept. */
const MAX_QUERY_WORDS = 256;
const MAX_WORD_LENGTH = 64;

/** Runs of letters and digits; scripts written without spaces give one word per character. */
const WORDS =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]|[\p{L}\p{N}\p{M}]+?(?=[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[^\p{L}\p{N}\p{M}]|$)/gu;

/** The stored examples most similar to a text. */
export interface NearestExamples {
  /** At most `count` examples, nearest first; equally near ones in stored order. Fewer when too few share a word. */
  find(text: string, count: number): ShownExample[];
}

/** Examples in which a word occurs, and how often. */
interface Postings {
  documents: number[];
  counts: number[];
}

/** The words of a text, lower-case. */
export function wordsOf(text: string): string[] {
  return (text.slice(0, 100_000).toLowerCase().match(WORDS) ?? []).map((word) =>
    word.slice(0, MAX_WORD_LENGTH),
  );
}

/** An inverted index over the examples' words, ranked with BM25. */
export function nearestExamples(examples: readonly ShownExample[]): NearestExamples {
  const index = new Map<string, Postings>();
  const lengths = new Float64Array(examples.length);
  for (const [document, { input }] of examples.entries()) {
    const counts = countWords(wordsOf(input));
    for (const [word, count] of counts) addPosting(index, word, document, count);
    lengths[document] = [...counts.values()].reduce((sum, count) => sum + count, 0);
  }
  const meanLength = Math.max(
    1,
    lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, examples.length),
  );
  const penalty = lengths.map((length) => K1 * (1 - B + (B * length) / meanLength));
  const scores = new Float64Array(examples.length);
  return {
    find(text, count) {
      const words = rarestWords(text, index);
      const touched = score({ words, penalty, scores, documents: examples.length });
      const nearest = best(touched, scores, count);
      for (const document of touched) scores[document] = 0;
      return nearest.map((document) => examples[document]!);
    },
  };
}

function countWords(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

function addPosting(index: Map<string, Postings>, word: string, document: number, count: number): void {
  let postings = index.get(word);
  if (postings === undefined) index.set(word, (postings = { documents: [], counts: [] }));
  postings.documents.push(document);
  postings.counts.push(count);
}

function rarestWords(text: string, index: ReadonlyMap<string, Postings>): Postings[] {
  const known = [...new Set(wordsOf(text))]
    .map((word) => index.get(word))
    .filter((found) => found !== undefined);
  if (known.length <= MAX_QUERY_WORDS) return known;
  return known.toSorted((a, b) => a.documents.length - b.documents.length).slice(0, MAX_QUERY_WORDS);
}

function score(facts: {
  words: readonly Postings[];
  penalty: Float64Array;
  scores: Float64Array;
  documents: number;
}): number[] {
  const { words, penalty, scores, documents } = facts;
  const touched: number[] = [];
  for (const { documents: holders, counts } of words) {
    const rarity = Math.log(1 + (documents - holders.length + 0.5) / (holders.length + 0.5));
    for (let i = 0; i < holders.length; i++) {
      const document = holders[i]!;
      if (scores[document] === 0) touched.push(document);
      scores[document]! += (rarity * counts[i]! * (K1 + 1)) / (counts[i]! + penalty[document]!);
    }
  }
  return touched;
}

/** The `count` best-scored documents in order; insertion into a short list beats sorting them all. */
function best(touched: readonly number[], scores: Float64Array, count: number): number[] {
  const list: number[] = [];
  const before = (a: number, b: number): boolean =>
    scores[a]! > scores[b]! || (scores[a] === scores[b] && a < b);
  for (const document of touched) {
    if (list.length === count && !before(document, list[count - 1]!)) continue;
    let place = list.length;
    while (place > 0 && before(document, list[place - 1]!)) place--;
    list.splice(place, 0, document);
    if (list.length > count) list.pop();
  }
  return list;
}
