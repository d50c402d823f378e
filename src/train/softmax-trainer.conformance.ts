import type {
  Feeds,
  NonFinite,
  StepRequest,
  StepResult,
  Tensor,
  Trainer,
  TrainerState,
} from '../engine/training/trainer.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Evaluation } from '../schema/run-event.ts';
import { type RunSpec, runSpecSchema } from '../schema/run-spec.ts';
import { seededRandom } from '../util/random.ts';
import type { BatchPlan } from './batch-plan.ts';

/** Names the arithmetic below, as the version of an engine does. */
export const SOFTMAX_ENGINE_VERSION = 'softmax-1';

const FEATURES = 12;
const CLASSES = 3;
const EXAMPLES = 240;
const PER_BATCH = 8;
const MOMENTUM = 0.9;
const DROPOUT = 0.1;

/**
 * Softmax regression with SGD, momentum and dropout of inputs: a second implementation of `Trainer`, small enough to run
 * thousands of steps, with everything that resuming must restore.
 */
export class SoftmaxTrainer implements Trainer {
  readonly threads: number;
  readonly #seed: number;
  #weights = new Float32Array(FEATURES * CLASSES);
  #momentum = new Float32Array(FEATURES * CLASSES);
  #closed = false;

  constructor({ seed, threads = 1 }: { seed: number; threads?: number }) {
    this.threads = threads;
    this.#seed = seed;
    const random = seededRandom(seed);
    this.#weights = this.#weights.map(() => (random.next() - 0.5) / 10);
  }

  async step({ step, microBatches, weight, learningRate }: StepRequest): Promise<StepResult> {
    this.#refuseWhenClosed();
    const started = performance.now();
    const gradient = new Float32Array(this.#weights.length);
    let loss = 0;
    for (const [index, feeds] of microBatches.entries()) {
      const before = loss;
      loss += this.#backward(feeds, { gradient, mask: seededRandom(this.#seed * 31 + step * 17 + index) });
      if (!Number.isFinite(loss) || !Number.isFinite(before))
        throw nonFinite({ what: 'loss', microBatch: index, parameter: null });
      if (!gradient.every(Number.isFinite))
        throw nonFinite({ what: 'gradient', microBatch: index, parameter: 'weights' });
    }
    let squares = 0;
    for (const value of gradient) squares += (value / weight) ** 2;
    this.#update(gradient, { weight, learningRate });
    return {
      loss: loss / weight,
      gradientNorm: Math.sqrt(squares),
      seconds: (performance.now() - started) / 1000,
    };
  }

  async evaluate(batches: readonly Feeds[]): Promise<Record<string, Tensor>[]> {
    this.#refuseWhenClosed();
    return batches.map((feeds) => {
      const { count, features } = inputsOf(feeds);
      const probabilities = new Float32Array(count * CLASSES);
      for (let row = 0; row < count; row++)
        probabilities.set(this.#probabilities(features.subarray(row * FEATURES)), row * CLASSES);
      return { probabilities: { shape: [count, CLASSES], data: probabilities } };
    });
  }

  async state(): Promise<TrainerState> {
    this.#refuseWhenClosed();
    const shape = [FEATURES, CLASSES];
    return new Map([
      ['parameter/weights', { shape, data: this.#weights.slice() }],
      ['first-moment/weights', { shape, data: this.#momentum.slice() }],
    ]);
  }

  async restore(state: TrainerState): Promise<void> {
    this.#weights = Float32Array.from(state.get('parameter/weights')!.data);
    this.#momentum = Float32Array.from(state.get('first-moment/weights')!.data);
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #refuseWhenClosed(): void {
    if (this.#closed)
      throw new HomegrownError({ code: 'engine/worker-failed', message: 'the worker is gone' });
  }

  #backward(
    feeds: Feeds,
    { gradient, mask }: { gradient: Float32Array; mask: ReturnType<typeof seededRandom> },
  ): number {
    const { count, features, labels } = inputsOf(feeds);
    let loss = 0;
    for (let row = 0; row < count; row++) {
      const x = features
        .subarray(row * FEATURES, (row + 1) * FEATURES)
        .map((value) => (mask.next() < DROPOUT ? 0 : value / (1 - DROPOUT)));
      const probabilities = this.#probabilities(x);
      loss -= Math.log(probabilities[labels[row]!]!);
      for (let at = 0; at < FEATURES; at++)
        for (let label = 0; label < CLASSES; label++)
          gradient[at * CLASSES + label]! +=
            x[at]! * (probabilities[label]! - (label === labels[row] ? 1 : 0));
    }
    return loss;
  }

  #probabilities(x: Float32Array): Float32Array {
    const scores = new Float32Array(CLASSES);
    for (let at = 0; at < FEATURES; at++)
      for (let label = 0; label < CLASSES; label++)
        scores[label]! += x[at]! * this.#weights[at * CLASSES + label]!;
    const most = Math.max(...scores);
    const powers = scores.map((score) => Math.exp(score - most));
    const sum = powers.reduce((total, power) => total + power, 0);
    return powers.map((power) => power / sum);
  }

  #update(gradient: Float32Array, { weight, learningRate }: { weight: number; learningRate: number }): void {
    for (let at = 0; at < gradient.length; at++) {
      this.#momentum[at] = MOMENTUM * this.#momentum[at]! + gradient[at]! / weight;
      this.#weights[at]! -= learningRate * this.#momentum[at]!;
    }
  }
}

function inputsOf(feeds: Feeds): { count: number; features: Float32Array; labels: Int32Array } {
  const { features, labels } = feeds;
  return {
    count: labels!.shape[0]!,
    features: features!.data as Float32Array,
    labels: labels!.data as Int32Array,
  };
}

function nonFinite(facts: NonFinite): HomegrownError {
  return new HomegrownError({
    code: 'engine/non-finite',
    message: `${facts.what} is not finite`,
    cause: facts,
  });
}

/** Noisy points around one centre per class. */
function examples(seed: number): { features: Float32Array; labels: Int32Array } {
  const random = seededRandom(seed);
  const centres = Array.from({ length: CLASSES * FEATURES }, () => random.next() - 0.5);
  const labels = Int32Array.from({ length: EXAMPLES }, () => random.integer(CLASSES));
  const features = Float32Array.from({ length: EXAMPLES * FEATURES }, (_, at) => {
    const label = labels[Math.floor(at / FEATURES)]!;
    return centres[label * FEATURES + (at % FEATURES)]! + (random.next() - 0.5) * 1.6;
  });
  return { features, labels };
}

function feedsOf(rows: readonly number[], { features, labels }: ReturnType<typeof examples>): Feeds {
  const data = new Float32Array(rows.length * FEATURES);
  for (const [at, row] of rows.entries())
    data.set(features.subarray(row * FEATURES, (row + 1) * FEATURES), at * FEATURES);
  return {
    features: { shape: [rows.length, FEATURES], data },
    labels: { shape: [rows.length], data: Int32Array.from(rows, (row) => labels[row]!) },
  };
}

/** Two micro-batches a step, drawn from the seed and the step alone; `broken` names a step whose data holds NaN. */
export function softmaxPlan(spec: RunSpec, { broken }: { broken?: number } = {}): BatchPlan {
  const data = examples(1);
  const rowsOf = (step: number, microBatch: number): number[] => {
    const random = seededRandom(spec.seed * 7919 + step * 2 + microBatch);
    return Array.from({ length: PER_BATCH }, () => random.integer(EXAMPLES));
  };
  return {
    batch(step) {
      const microBatches = [0, 1].map((at) => feedsOf(rowsOf(step, at), data));
      if (step === broken) microBatches[1]!['features']!.data[3] = Number.NaN;
      return { microBatches, weight: 2 * PER_BATCH, tokens: 2 * PER_BATCH };
    },
    describe: (step, microBatch) => `examples ${rowsOf(step, microBatch).join(', ')}`,
  };
}

/** Loss and accuracy on other points of the same kind. */
export async function softmaxEvaluation(trainer: Trainer): Promise<Evaluation> {
  const data = examples(1);
  const rows = Array.from({ length: 60 }, (_, row) => row * 4);
  const [outputs] = await trainer.evaluate([feedsOf(rows, data)]);
  const probabilities = outputs!['probabilities']!.data;
  let loss = 0;
  let right = 0;
  for (const [at, row] of rows.entries()) {
    const given = [...probabilities.subarray(at * CLASSES, (at + 1) * CLASSES)];
    loss -= Math.log(given[data.labels[row]!]!) / rows.length;
    if (given.indexOf(Math.max(...given)) === data.labels[row]) right++;
  }
  return { loss, quality: right / rows.length };
}

/** A spec for the trainer above; the architecture stands for nothing. */
export function softmaxSpec(changes: Partial<RunSpec> = {}): RunSpec {
  return runSpecSchema.parse({
    format: 1,
    engine: 'embedded',
    task: 'mood',
    architecture: {
      kind: 'encoder-classifier',
      vocabularySize: 100,
      contextLength: 16,
      width: 8,
      layers: 1,
      heads: 2,
      feedForwardWidth: 16,
      classes: CLASSES,
      dropout: DROPOUT,
    },
    tokenizer: null,
    dataset: 'd'.repeat(64),
    objective: 'classify',
    optimizer: { kind: 'sgd', momentum: MOMENTUM, weightDecay: 0, clipNorm: null },
    schedule: { kind: 'cosine', peakLearningRate: 0.05, warmupSteps: 5, steps: 60, finalShare: 0.1 },
    batch: { unit: 'examples', perStep: 2 * PER_BATCH, microBatchTokens: PER_BATCH },
    labelSmoothing: 0,
    averaging: null,
    evaluation: { everySteps: 7, patience: null, metric: 'accuracy' },
    checkpointEverySteps: 10,
    seed: 1,
    threads: 1,
    precision: 'float32',
    ...changes,
  });
}
