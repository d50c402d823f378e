import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { seededRandom, shuffle } from '../../src/util/random.ts';

/** A definition of WordNet as token ids, and its lexicographer file as class. */
export interface TokenizedText {
  readonly ids: number[];
  readonly label: number;
}

const BYTES = 256;
// 0 pads, 1 stands for rare words.
const FIRST_WORD_ID = 2;
const UNKNOWN = 1;

/** WordNet's definitions, shuffled, in bytes (vocabulary of 256) or in words and punctuation marks, the most frequent ones known. */
export async function readTokenizedTexts(vocabulary: number): Promise<TokenizedText[]> {
  const examples = shuffle(await Array.fromAsync(readWordnetExamples()), seededRandom(1));
  const classes = [...new Set(examples.map(({ output }) => output))].toSorted();
  const encode =
    vocabulary === BYTES
      ? (text: string) => [...Buffer.from(`${text}\n`)]
      : wordEncoder(
          examples.map(({ input }) => input),
          vocabulary,
        );
  return examples.map(({ input, output }) => ({ ids: encode(input), label: classes.indexOf(output) }));
}

function wordEncoder(texts: readonly string[], vocabulary: number): (text: string) => number[] {
  const counts = new Map<string, number>();
  for (const word of texts.flatMap(wordsOf)) counts.set(word, (counts.get(word) ?? 0) + 1);
  const known = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, vocabulary - FIRST_WORD_ID);
  const idOf = new Map(known.map(([word], rank) => [word, FIRST_WORD_ID + rank]));
  return (text) => wordsOf(text).map((word) => idOf.get(word) ?? UNKNOWN);
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) ?? [];
}
