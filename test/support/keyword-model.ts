import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { saveCandidateFolder, verifyCandidateFolder } from '../../src/predictor/candidate-folder.ts';
import type { Prediction, Predictor } from '../../src/predictor/predictor.ts';
import type { CandidateManifest } from '../../src/schema/candidate-manifest.ts';

/** Labels, each with the word that means it; a text with no such word gets the first label. */
export type Keywords = Record<string, string>;

/** Saves a candidate folder that `loadKeywordModel` answers from. */
export function saveKeywordModel(
  directory: string,
  { task, keywords, run = 'run-1' }: { task: string; keywords: Keywords; run?: string },
): Promise<CandidateManifest> {
  const facts = {
    kind: 'bag' as const,
    name: 'bag',
    rung: 'bag' as const,
    task,
    labels: Object.keys(keywords),
    settings: {},
    upstreams: [],
    lineage: { dataset: 'none', run, seed: 1, homegrown: '0.1.0', trainedOn: 0 },
    notes: [],
  };
  return saveCandidateFolder(directory, facts, async (folder) => {
    const { writeFile } = await import('node:fs/promises');
    await writeFile(join(folder, 'keywords.json'), JSON.stringify(keywords));
  });
}

/** A small real predictor: the label whose word the text contains, with probability 0.9. */
export async function loadKeywordModel(directory: string): Promise<Predictor> {
  const manifest = await verifyCandidateFolder(directory);
  const keywords = JSON.parse(await readFile(join(directory, 'keywords.json'), 'utf8')) as Keywords;
  return keywordPredictor(manifest, keywords);
}

/** The same without a folder. */
export function keywordPredictor(manifest: CandidateManifest, keywords: Keywords): Predictor {
  const labels = Object.keys(keywords);
  const predictOne = (input: string): Prediction => {
    const found = labels.findIndex((label) => input.includes(keywords[label]!));
    const chosen = Math.max(0, found);
    const rest = 0.1 / (labels.length - 1);
    return {
      label: labels[chosen]!,
      probabilities: Float32Array.from(labels, (_, i) => (i === chosen ? 0.9 : rest)),
    };
  };
  return {
    manifest,
    labels,
    predict: async (inputs) => inputs.map(predictOne),
    close: async () => undefined,
  };
}
