import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { loadPredictor } from '../../src/project/load-predictor.ts';
import type { Prediction } from '../../src/predictor/predictor.ts';
import type { Example } from '../../src/schema/example.ts';
import { buildEncoder, labelledExample } from '../support/build-encoder.ts';
import { HARD_TEXTS } from './few-hard-texts.ts';

// `node test/python/check-encoder.ts PYTHON`: an encoder gives the same answers in Python (onnxruntime, tokenizers) as here.

const LOADER = fileURLToPath(new URL('../../python/load_encoder.py', import.meta.url));
const TOLERANCE = 1e-3;
const answerSchema = z.strictObject({ label: z.string(), probabilities: z.array(z.number()) });

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
    const theirs = await answersInPython(python, directory, texts);
    const difference = largestDifference(texts, ours, theirs);
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

async function answersInPython(
  python: string,
  directory: string,
  texts: readonly string[],
): Promise<z.infer<typeof answerSchema>[]> {
  const child = spawn(python, [LOADER, directory], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(texts.map((input) => `${JSON.stringify({ input })}\n`).join(''));
  const output = await text(child.stdout);
  return output
    .trimEnd()
    .split('\n')
    .map((line) => answerSchema.parse(JSON.parse(line)));
}

/** Of a probability; throws when a label differs or the difference is too large. */
function largestDifference(
  texts: readonly string[],
  ours: readonly Prediction[],
  theirs: readonly z.infer<typeof answerSchema>[],
): number {
  if (theirs.length !== texts.length) throw new Error(`${texts.length} answers expected, ${theirs.length}`);
  let largest = 0;
  for (const [index, { label, probabilities }] of theirs.entries()) {
    const own = ours[index]!;
    const difference = Math.max(
      ...probabilities.map((p, column) => Math.abs(p - own.probabilities![column]!)),
    );
    if (label !== own.label || !(difference <= TOLERANCE))
      throw new Error(
        `${JSON.stringify(texts[index]!.slice(0, 80))}: ${own.label} here, ${label} there, ${difference} apart`,
      );
    largest = Math.max(largest, difference);
  }
  return largest;
}

await main();
