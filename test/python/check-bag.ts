import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { saveBag } from '../../src/model/bag/bag-files.ts';
import { BagScorer, type BagModel } from '../../src/model/bag/bag-model.ts';
import { WORDS_AND_CHARACTERS, WORDS_ONLY } from '../../src/model/bag/bag-settings.ts';
import { calibrated } from '../../src/model/bag/calibration.ts';
import { trainBag } from '../../src/model/bag/train-bag.ts';
import { HARD_TEXTS } from './few-hard-texts.ts';

// `node test/python/check-bag.ts PYTHON`: a bag model gives the same answers in Python (numpy, onnxruntime) as here.

const LOADER = fileURLToPath(new URL('../../python/load_bag.py', import.meta.url));
const TOLERANCE = 1e-4;
const answerSchema = z.strictObject({ label: z.string(), probabilities: z.array(z.number()) });

async function main(): Promise<void> {
  const python = process.argv[2];
  if (python === undefined) throw new Error('usage: node test/python/check-bag.ts PYTHON');
  const { texts, labels, targets } = await wordnetTexts();
  for (const [name, ngrams] of Object.entries({ bag: WORDS_AND_CHARACTERS, 'bag/words': WORDS_ONLY })) {
    const learned = { texts: texts.slice(2000), targets: targets.slice(2000), labels };
    const model = await trainBag(learned, { ngrams, precision: 'int8', epochs: 3 });
    const difference = await compare(python, model, [...texts.slice(0, 2000), ...HARD_TEXTS]);
    console.log(
      `${name}: ${2000 + HARD_TEXTS.length} texts, labels equal, probabilities within ${difference}`,
    );
  }
}

/** Every twelfth synset, so that all classes are there. */
async function wordnetTexts(): Promise<{ texts: string[]; labels: string[]; targets: number[] }> {
  const texts: string[] = [];
  const outputs: string[] = [];
  let read = 0;
  for await (const { input, output } of readWordnetExamples()) {
    if (read++ % 12 !== 0) continue;
    texts.push(input);
    outputs.push(output);
  }
  const order = texts.map((_, i) => i).toSorted((a, b) => ((a * 7919) % 104_729) - ((b * 7919) % 104_729));
  const labels = [...new Set(outputs)].toSorted();
  return {
    texts: order.map((i) => texts[i]!),
    labels,
    targets: order.map((i) => labels.indexOf(outputs[i]!)),
  };
}

/** Largest difference of a probability; throws when a label differs or the difference is too large. */
async function compare(python: string, model: BagModel, texts: readonly string[]): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-bag-'));
  try {
    await saveBag(directory, model);
    const answers = await askPython(python, directory, texts);
    return largestDifference(model, texts, answers);
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function askPython(
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

function largestDifference(
  model: BagModel,
  texts: readonly string[],
  answers: readonly z.infer<typeof answerSchema>[],
): number {
  if (answers.length !== texts.length) throw new Error(`${texts.length} answers expected, ${answers.length}`);
  const scorer = new BagScorer(model);
  const scores = new Float32Array(model.labels.length);
  const probabilities = new Float32Array(model.labels.length);
  let largest = 0;
  for (const [i, input] of texts.entries()) {
    scorer.score(input, scores);
    calibrated(model.calibration, scores, probabilities);
    const { label, probabilities: theirs } = answers[i]!;
    const difference = Math.max(...theirs.map((p, column) => Math.abs(p - probabilities[column]!)));
    const ours = model.labels[scores.indexOf(Math.max(...scores))]!;
    if (label !== ours || !(difference <= TOLERANCE)) {
      throw new Error(
        `${JSON.stringify(input.slice(0, 80))}: ${ours} here, ${label} there, ${difference} apart`,
      );
    }
    largest = Math.max(largest, difference);
  }
  return largest;
}

await main();
