import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { splitOfGroup } from '../../src/data/split.ts';
import { SPLITS, type Split } from '../../src/schema/split.ts';
import { writeFileAtomic } from '../../src/util/atomic-file.ts';
import { seededRandom, shuffle } from '../../src/util/random.ts';
import { withoutDuplicatesAndConflicts, type LabelledText } from './labelled-text.ts';
import { readNewsgroups } from './newsgroups.ts';

/** The data sets of the benchmark. */
export const DATA_SETS = ['wordnet', 'newsgroups'] as const;
export type DataSetName = (typeof DATA_SETS)[number];

/** What a prepared data set holds: texts per split, classes, groups, and the mean length in characters. */
export interface PreparedData {
  directory: string;
  texts: Record<Split, number>;
  classes: number;
  groups: number;
  meanCharacters: number;
}

/** Writes `train.jsonl`, `validation.jsonl`, `held-out.jsonl`, and `train.txt` and `held-out.txt` in fastText's format. */
export async function prepareData(
  name: DataSetName,
  cache: { directory: string; newsgroupsPackage: string },
): Promise<PreparedData> {
  const directory = join(cache.directory, 'data', name);
  await mkdir(directory, { recursive: true });
  const texts = withoutDuplicatesAndConflicts(
    name === 'wordnet'
      ? await Array.fromAsync(readWordnetExamples())
      : await readNewsgroups(cache.newsgroupsPackage),
  );
  const parts = Object.groupBy(texts, (text) => splitOfGroup(text.group));
  await Promise.all(
    SPLITS.map((split) => writeFileAtomic(join(directory, `${split}.jsonl`), jsonLines(parts[split] ?? []))),
  );
  // fastText reads its file from top to bottom in every epoch: ordered by class it would learn nothing.
  const shuffled = shuffle([...(parts.train ?? [])], seededRandom(1));
  await writeFileAtomic(join(directory, 'train.txt'), shuffled.map(fastTextLine).join(''));
  await writeFileAtomic(
    join(directory, 'held-out.txt'),
    (parts['held-out'] ?? []).map(fastTextLine).join(''),
  );
  return {
    directory,
    texts: { train: 0, validation: 0, 'held-out': 0, ...countsOf(parts) },
    classes: new Set(texts.map((text) => text.output)).size,
    groups: new Set(texts.map((text) => text.group)).size,
    meanCharacters: texts.reduce((sum, text) => sum + text.input.length, 0) / texts.length,
  };
}

function countsOf(parts: Partial<Record<Split, LabelledText[]>>): Partial<Record<Split, number>> {
  return Object.fromEntries(Object.entries(parts).map(([split, texts]) => [split, texts.length]));
}

function jsonLines(texts: readonly LabelledText[]): string {
  return texts.map((text) => `${JSON.stringify(text)}\n`).join('');
}

/** fastText splits at white space only, so punctuation is set apart as in the other tokenizers. */
function fastTextLine(text: LabelledText): string {
  return `__label__${text.output} ${fastTextInput(text.input)}\n`;
}

/** A text as fastText gets it: lower case, words and punctuation marks apart. */
export function fastTextInput(input: string): string {
  return (input.toLowerCase().match(/[\p{L}\p{N}_]+|[^\p{L}\p{N}_\s]/gu) ?? []).join(' ');
}
