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
      words: distinctive(weights, holders, own),
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

/** Words of several examples, mostly of this label, heaviest first. */
function distinctive(
  weights: ReadonlyMap<string, number>,
  holders: ReadonlyMap<string, number>,
  own: readonly Document[],
): string[] {
  const ownHolders = countHolders(own);
  return [...weights]
    .filter(
      ([word]) =>
        word.length > 2 && ownHolders.get(word)! >= 2 && ownHolders.get(word)! * 2 >= holders.get(word)!,
    )
    .toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, WORDS_EACH)
    .map(([word]) => word);
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
    .map(({ input }) => onOneLine(input));
}

function onOneLine(text: string): string {
  const line = text
    .slice(0, 4 * MAX_TYPICAL_LENGTH)
    .replace(/\s+/gu, ' ')
    .trim();
  return line.length > MAX_TYPICAL_LENGTH ? `${line.slice(0, MAX_TYPICAL_LENGTH).toWellFormed()}…` : line;
}
