import type { ExampleSet } from '../data/example-set.ts';
import type { Prediction, Predictor } from '../predictor/predictor.ts';
import type { Example } from '../schema/example.ts';
import { expectedIndex } from './expected-index.ts';
import { DenseIndex } from './dense-index.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

export interface ScoreOptions {
  signal?: AbortSignal;
  /** Called after each batch with the examples done and their total. */
  progress?: (done: number, total: number) => void;
  /** Answers of each batch as they come, for those who add up failures and costs. */
  onAnswers?: (answers: readonly Prediction[]) => void;
  /** Examples per call of the predictor; 256 when left out. */
  batchSize?: number;
  /** Batches under way at once; 1 when left out (predictors use the machine well by themselves). */
  concurrency?: number;
  /** Labels of the result when the predictor knows only some of them; the predictor's when left out. */
  labels?: readonly string[];
}

/**
 * Runs a predictor over examples. Row i is the i-th example and has `example` index i; groups are numbered as they first
 * appear: two sets of which one begins with the other give comparable indexes.
 * Throws `evaluate/unknown-label` when an example's output is none of the labels.
 */
export async function scorePredictions(
  predictor: Predictor,
  examples: ExampleSet,
  options: ScoreOptions = {},
): Promise<ScoredPredictions> {
  const rows = new ScoredRows(predictor.labels, options.labels ?? predictor.labels);
  const running = new Set<Promise<void>>();
  const predictOptions = options.signal === undefined ? {} : { signal: options.signal };
  let done = 0;

  async function score(batch: readonly Example[], offset: number): Promise<void> {
    const answers = await predictor.predict(
      batch.map(({ input }) => input),
      predictOptions,
    );
    rows.answer(offset, answers);
    options.onAnswers?.(answers);
    done += batch.length;
    options.progress?.(done, examples.count);
  }

  for await (const batch of batches(examples, options.batchSize ?? 256)) {
    options.signal?.throwIfAborted();
    const task = score(batch, rows.expect(batch)).finally(() => running.delete(task));
    running.add(task);
    if (running.size >= (options.concurrency ?? 1)) await Promise.race(running);
  }
  await Promise.all(running);
  return rows.finish();
}

async function* batches(examples: ExampleSet, size: number): AsyncGenerator<Example[]> {
  let batch: Example[] = [];
  for await (const example of examples) {
    batch.push(example);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

/** Rows as they come in; probabilities are kept only if every usable answer has them. */
class ScoredRows {
  readonly #labels: readonly string[];
  readonly #index: Map<string, number>;
  /** Column of the result for each of the predictor's labels. */
  readonly #columns: number[];
  readonly #groups = new DenseIndex();
  readonly #expected: number[] = [];
  readonly #group: number[] = [];
  readonly #predicted: number[] = [];
  #probabilities: (Float32Array | null)[] | null = [];

  constructor(predictorLabels: readonly string[], labels: readonly string[]) {
    this.#labels = labels;
    this.#index = new Map(labels.map((label, index) => [label, index]));
    this.#columns = predictorLabels.map((label) => expectedIndex(this.#index, label));
  }

  /** Adds the examples' expected outputs and returns the first one's row. */
  expect(batch: readonly Example[]): number {
    const offset = this.#expected.length;
    for (const { output, group, origin } of batch) {
      this.#expected.push(expectedIndex(this.#index, output, origin));
      this.#group.push(this.#groups.of(group));
    }
    return offset;
  }

  answer(offset: number, answers: readonly Prediction[]): void {
    for (const [index, { label, probabilities }] of answers.entries()) {
      this.#predicted[offset + index] = label === null ? -1 : (this.#index.get(label) ?? -1);
      if (label !== null && probabilities === null) this.#probabilities = null;
      if (this.#probabilities !== null) this.#probabilities[offset + index] = probabilities;
    }
  }

  finish(): ScoredPredictions {
    return {
      labels: this.#labels,
      expected: Int32Array.from(this.#expected),
      predicted: Int32Array.from(this.#predicted),
      probabilities: this.#packProbabilities(),
      group: Int32Array.from(this.#group),
      example: Int32Array.from(this.#expected.keys()),
    };
  }

  #packProbabilities(): Float32Array | null {
    const answered = this.#probabilities;
    if (answered === null || !answered.some((values) => values !== null && values !== undefined)) return null;
    const width = this.#labels.length;
    const packed = new Float32Array(this.#expected.length * width);
    for (const [row, values] of answered.entries()) {
      if (values === null || values === undefined || this.#predicted[row] === -1) continue;
      for (const [index, column] of this.#columns.entries()) packed[row * width + column] = values[index]!;
    }
    return packed;
  }
}
