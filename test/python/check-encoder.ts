import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { loadPredictor } from '../../src/project/load-predictor.ts';
import type { Prediction } from '../../src/predictor/predictor.ts';
import type { Example } from '../../src/schema/example.ts';
import { buildEncoder, labelledExample } from '../support/build-encoder.ts';
import { answersInPython, largestDifference } from './answers-in-python.ts';
import { HARD_TEXTS } from './few-hard-texts.ts';

// `node test/python/check-encoder.ts PYTHON`: an encoder gives the same answers in Python (onnxruntime, tokenizers) as here.

const LOADER = fileURLToPath(new URL('../../python/load_encoder.py', import.meta.url));
const TOLERANCE = 1e-3;

async function main(): Promise<void> {
  const python = process.argv[2];
  if (python === undefined) throw new Error('usage: node test/python/check-encoder.ts PYTHON');
  const root = await mkdtemp(join(tmpdir(), 'homegrown-encoder-'));
  try {
    const examples = await wordnetExamples();
    const { directory } = await buildEncoder(root, {
      train: examples.slice(2000),
      validation: examples.slice(0, 1000),
    });
    const texts = [...examples.slice(0, 2000).map(({ input }) => input), ...HARD_TEXTS];
    const ours = await answersHere(directory, texts);
    const theirs = await answersInPython(python, { loader: LOADER, directory, texts });
    const difference = largestDifference(texts, { ours, theirs, tolerance: TOLERANCE });
    console.log(`encoder: ${texts.length} texts, labels equal, probabilities within ${difference}`);
  } finally {
    await rm(root, { recursive: true });
  }
}

/** Every sixteenth synset, so that all classes are there, in an order that mixes them. */
async function wordnetExamples(): Promise<Example[]> {
  const examples: Example[] = [];
  let read = 0;
  for await (const { input, output } of readWordnetExamples())
    if (read++ % 16 === 0) examples.push(labelledExample(input, output, read));
  return examples.toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

async function answersHere(directory: string, texts: readonly string[]): Promise<Prediction[]> {
  const predictor = await loadPredictor(directory, { upstreams: undefined as never });
  try {
    return await predictor.predict(texts);
  } finally {
    await predictor.close();
  }
}

await main();
