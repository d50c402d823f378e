import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataSetName } from './prepare-data.ts';

/** What a contestant sees of a text. */
export type Features = 'words' | 'words+characters';

/** One program that is fitted once per round in a process of its own. */
export interface Contestant {
  name: string;
  kind: 'ours' | 'scikit-learn' | 'fastText';
  features: Features;
  program: string;
  settings: Record<string, unknown>;
}

/** Settings tuned on validation beforehand; the evidence is in bench/README.md. */
const SKLEARN_SETTINGS: Record<DataSetName, Record<Features, Record<string, number>>> = {
  wordnet: {
    words: { wordsMinDf: 1, c: 1.2, tolerance: 0.1 },
    'words+characters': { wordsMinDf: 1, charactersMinDf: 2, charactersWeight: 0.6, c: 0.6, tolerance: 0.1 },
  },
  newsgroups: {
    words: { wordsMinDf: 2, c: 1, tolerance: 0.1 },
    'words+characters': { wordsMinDf: 2, charactersMinDf: 2, charactersWeight: 1, c: 1, tolerance: 0.1 },
  },
};

const FAST_TEXT_SETTINGS = { wordNgrams: 2, dim: 50, lr: 1, epoch: 5, bucket: 200_000, thread: 2 };
const OUR_WORKERS = 2;

/** The contestants of one data set, in the order in which a round runs them. */
export function contestantsFor(dataSet: DataSetName): Contestant[] {
  return [
    ours('words+characters'),
    sklearn('words+characters', dataSet),
    fastText(),
    ours('words'),
    sklearn('words', dataSet),
  ];
}

function ours(features: Features): Contestant {
  const settings = { features, workers: OUR_WORKERS };
  return {
    name: `Homegrown, ${features}`,
    kind: 'ours',
    features,
    program: besides('ours-fit.ts'),
    settings,
  };
}

function sklearn(features: Features, dataSet: DataSetName): Contestant {
  const settings = SKLEARN_SETTINGS[dataSet][features];
  const program = besides(join('peers', 'sklearn_fit.py'));
  return { name: `scikit-learn, ${features}`, kind: 'scikit-learn', features, program, settings };
}

function fastText(): Contestant {
  const program = besides(join('peers', 'fasttext_fit.py'));
  return {
    name: 'fastText, words',
    kind: 'fastText',
    features: 'words',
    program,
    settings: FAST_TEXT_SETTINGS,
  };
}

function besides(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url));
}
