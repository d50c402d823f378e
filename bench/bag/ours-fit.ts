// usage: node ours-fit.ts <data directory> <settings as JSON> <result.json>
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadBag, saveBag } from '../../src/model/bag/bag-files.ts';
import { BagScorer, type BagModel } from '../../src/model/bag/bag-model.ts';
import { WORDS_AND_CHARACTERS, WORDS_ONLY } from '../../src/model/bag/bag-settings.ts';
import { calibrated, fitCalibration } from '../../src/model/bag/calibration.ts';
import { quantiseColumns } from '../../src/model/bag/quantise.ts';
import { trainBag } from '../../src/model/bag/train-bag.ts';
import type { Features } from './contestants.ts';
import type { FitResult } from './fit-result.ts';
import { readTexts } from './read-texts.ts';
import { spreadOf } from './spread.ts';

const LATENCY_TEXTS = 500;

async function main(): Promise<void> {
  const [directory, settings, resultPath] = process.argv.slice(2) as [string, string, string];
  const { features, workers } = JSON.parse(settings) as { features: Features; workers: number };
  const train = await readTexts(join(directory, 'train.jsonl'));
  const labels = [...new Set(train.map((text) => text.output))].toSorted();
  const data = {
    labels,
    texts: train.map((text) => text.input),
    targets: train.map((text) => labels.indexOf(text.output)),
  };
  const processorStart = process.cpuUsage();
  const start = performance.now();
  const trained = await trainBag(data, {
    workers,
    ngrams: features === 'words' ? WORDS_ONLY : WORDS_AND_CHARACTERS,
  });
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(processorStart);
  const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
  const model = {
    ...trained,
    calibration: await calibrationOn(trained, join(directory, 'validation.jsonl')),
  };
  const heldOut = (await readTexts(join(directory, 'held-out.jsonl'))).map((text) => text.input);
  const saved = await savedAndLoaded(model);
  const result: FitResult = {
    seconds,
    processorSeconds: (user + system) / 1e6,
    stages: { training: seconds },
    peakMemoryBytes,
    p50LatencyMicroseconds: medianLatencyMicroseconds(saved.model, heldOut),
    ...answerAll(model, heldOut),
    int8: { bytes: saved.bytes, predictions: answerAll(saved.model, heldOut).predictions },
  };
  await writeFile(resultPath, JSON.stringify(result));
}

async function calibrationOn(model: BagModel, path: string): Promise<BagModel['calibration']> {
  const validation = await readTexts(path);
  const classes = model.labels.length;
  const scorer = new BagScorer(model);
  const scores = new Float32Array(validation.length * classes);
  for (const [index, text] of validation.entries()) {
    scorer.score(text.input, scores.subarray(index * classes, (index + 1) * classes));
  }
  const targets = Int32Array.from(validation, (text) => model.labels.indexOf(text.output));
  return fitCalibration({ scores, targets, classes });
}

/** A function that answers one text with the likeliest class and its probability. */
function answerer(model: BagModel): (text: string) => { label: string; probability: number } {
  const scorer = new BagScorer(model);
  const scores = new Float32Array(model.labels.length);
  const probabilities = new Float32Array(model.labels.length);
  return (text) => {
    scorer.score(text, scores);
    calibrated(model.calibration, scores, probabilities);
    let best = 0;
    for (let index = 1; index < scores.length; index++) if (scores[index]! > scores[best]!) best = index;
    return { label: model.labels[best]!, probability: probabilities[best]! };
  };
}

function answerAll(
  model: BagModel,
  texts: readonly string[],
): { predictions: string[]; topProbabilities: number[] } {
  const answers = texts.map(answerer(model));
  return {
    predictions: answers.map(({ label }) => label),
    topProbabilities: answers.map(({ probability }) => probability),
  };
}

function medianLatencyMicroseconds(model: BagModel, texts: readonly string[]): number {
  const sample = texts.slice(0, LATENCY_TEXTS);
  const answer = answerer(model);
  for (const text of sample) answer(text);
  const times = sample.map((text) => {
    const start = process.hrtime.bigint();
    answer(text);
    return Number(process.hrtime.bigint() - start) / 1000;
  });
  return spreadOf(times).median;
}

/** The model as it is served: rounded to 8 bits, saved as a folder (`bytes` are all its files), and loaded again. */
async function savedAndLoaded(model: BagModel): Promise<{ model: BagModel; bytes: number }> {
  const directory = await mkdtemp(join(tmpdir(), 'bag-model-'));
  try {
    await saveBag(directory, quantised(model));
    const files = await readdir(directory);
    const sizes = await Promise.all(files.map(async (name) => (await stat(join(directory, name))).size));
    return { model: await loadBag(directory), bytes: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    await rm(directory, { recursive: true });
  }
}

function quantised(model: BagModel): BagModel {
  if (model.weights.kind === 'int8') return model;
  const classes = model.labels.length;
  const weights = model.weights.data.slice();
  const data = new Int8Array(weights.length);
  const scales = new Float32Array(classes);
  const slice = { from: 0, to: classes };
  quantiseColumns({ weights, stride: classes, slice, quantised: data, scales, classes });
  return { ...model, weights: { kind: 'int8', data, scales } };
}

await main();
