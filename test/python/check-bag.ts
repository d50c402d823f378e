import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readWordnetExamples } from '../../scripts/wordnet-examples.ts';
import { saveBag } from '../../src/model/bag/bag-files.ts';
import { BagScorer, type BagModel } from '../../src/model/bag/bag-model.ts';
import { WORDS_AND_CHARACTERS, WORDS_ONLY } from '../../src/model/bag/bag-settings.ts';
import { calibrated } from '../../src/model/bag/calibration.ts';
import { trainBag } from '../../src/model/bag/train-bag.ts';
import { type Answer, answersInPython, largestDifference } from './answers-in-python.ts';
import { HARD_TEXTS } from './few-hard-texts.ts';

// `node test/python/check-bag.ts PYTHON`: a bag model gives the same answers in Python (numpy, onnxruntime) as here.

const LOADER = fileURLToPath(new URL('../../python/load_bag.py', import.meta.url));
const TOLERANCE = 1e-4;

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
    const theirs = await answersInPython(python, { loader: LOADER, directory, texts });
    return largestDifference(texts, { ours: answersHere(model, texts), theirs, tolerance: TOLERANCE });
  } finally {
    await rm(directory, { recursive: true });
  }
}

function answersHere(model: BagModel, texts: readonly string[]): Answer[] {
  const scorer = new BagScorer(model);
  const scores = new Float32Array(model.labels.length);
  return texts.map((input) => {
    const probabilities = new Float32Array(model.labels.length);
    scorer.score(input, scores);
    calibrated(model.calibration, scores, probabilities);
    return { label: model.labels[scores.indexOf(Math.max(...scores))]!, probabilities };
  });
}

await main();
