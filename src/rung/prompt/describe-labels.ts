import { wordsOf } from '../../predictor/prompt/nearest-examples.ts';

/** What a label's examples have in common, for people and for models that were told only its name. */
export interface LabelDescription {
  label: string;
  /** Words much more frequent in this label's examples than in the others'. */
  words: readonly string[];
  /** The examples nearest to the middle of this label's examples. */
  typical: readonly string[];
}

const WORDS_EACH = 8;
const MAX_TYPICAL_LENGTH = 160;

/** Describes every label by its own examples (TF-IDF centroids); labels without examples get empty descriptions. */
export function describeLabels(
  labels: readonly string[],
  examples: readonly { input: string; output: string }[],
  typicalEach: number,
): LabelDescription[] {
  const documents = examples.map(({ input, output }) => ({ input, output, words: new Set(wordsOf(input)) }));
  const holders = countHolders(documents);
  const rarity = (word: string): number => Math.log((documents.length + 1) / ((holders.get(word) ?? 0) + 1));
  const byLabel = Map.groupBy(documents, ({ output }) => output);
  return labels.map((label) => {
    const own = byLabel.get(label) ?? [];
    const weights = centroid(own, rarity);
    return {
      label,
      words: distinctive(own, holders, documents.length),
      typical: mostTypical(own, weights, typicalEach),
    };
  });
}

interface Document {
  input: string;
  words: ReadonlySet<string>;
}

function countHolders(documents: readonly Document[]): Map<string, number> {
  const holders = new Map<string, number>();
  for (const { words } of documents)
    for (const word of words) holders.set(word, (holders.get(word) ?? 0) + 1);
  return holders;
}

/** Share of the label's examples with the word × its rarity. */
function centroid(own: readonly Document[], rarity: (word: string) => number): Map<string, number> {
  const weights = new Map<string, number>();
  for (const [word, count] of countHolders(own)) weights.set(word, (count / own.length) * rarity(word));
  return weights;
}

/** Words that several of the label's examples have, by their share there × how much larger it is than elsewhere. */
function distinctive(
  own: readonly Document[],
  holders: ReadonlyMap<string, number>,
  total: number,
): string[] {
  const others = total - own.length;
  const weigh = (word: string, count: number): number => {
    const share = count / own.length;
    const elsewhere = (holders.get(word)! - count + 0.5) / (others + 1);
    return share * Math.log(share / elsewhere);
  };
  return [...countHolders(own)]
    .filter(([word, count]) => word.length > 2 && count >= 2)
    .map(([word, count]) => ({ word, weight: weigh(word, count) }))
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight || (a.word < b.word ? -1 : 1))
    .slice(0, WORDS_EACH)
    .map(({ word }) => word);
}

function mostTypical(
  own: readonly Document[],
  weights: ReadonlyMap<string, number>,
  count: number,
): string[] {
  const closeness = ({ words }: Document): number => {
    let sum = 0;
    for (const word of words) sum += weights.get(word) ?? 0;
    return sum / Math.sqrt(words.size + 1);
  };
  return own
    .map((document) => ({ input: document.input, closeness: closeness(document) }))
    .toSorted((a, b) => b.closeness - a.closeness || (a.input < b.input ? -1 : 1))
    .slice(0, count)
    .map(({ input }) => typicalExcerpt(input));
}

/** A text as descriptions show it: on one line, shortened. */
export function typicalExcerpt(text: string): string {
  const line = text
    .slice(0, 4 * MAX_TYPICAL_LENGTH)
    .toWellFormed()
    .replaceAll('\0', ' ')
    .replace(/\s+/gu, ' ')
    .trim();
  return line.length > MAX_TYPICAL_LENGTH ? `${line.slice(0, MAX_TYPICAL_LENGTH).toWellFormed()}…` : line;
}
