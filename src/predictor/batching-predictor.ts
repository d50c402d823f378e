import type { Prediction, PredictOptions, Predictor } from './predictor.ts';

export interface BatchingOptions {
  /** Most inputs handed to the predictor at once. */
  maxBatchSize?: number;
  /** Aim for the time of one batch, milliseconds: for so long nothing else runs on this thread. */
  sliceMs?: number;
}

/** One call to `predict` that waits for its answers. */
interface Job {
  inputs: readonly string[];
  answers: Prediction[];
  /** Inputs handed to the predictor so far. */
  taken: number;
  /** Answers received so far. */
  answered: number;
  resolve(answers: Prediction[]): void;
  reject(reason: unknown): void;
  settled: boolean;
}

/** A run of one job's inputs inside a batch. */
interface Share {
  job: Job;
  from: number;
  count: number;
}

/** What an input costs however short it is, in characters. */
const COST_PER_INPUT = 64;
/** A call foreseen to take more than this share of a slice is long. */
const LONG_SHARE = 0.25;

/**
 * Gathers concurrent calls into batches for a predictor that computes on this thread. An idle predictor starts in the
 * next turn of the event loop; calls that come while it is busy collect. Long calls are worked off in slices of about
 * `sliceMs`, each followed by a batch of short calls, if any wait, and by whatever else the thread has to do. Calls with
 * `fresh` pass straight through. Predictors that wait for upstreams must not be wrapped: their calls run side by side already.
 */
export function batchingPredictor(inner: Predictor, options: BatchingOptions = {}): Predictor {
  const queue = new BatchQueue(inner, options);
  return {
    manifest: inner.manifest,
    labels: inner.labels,
    predict: (inputs, predictOptions) =>
      predictOptions?.fresh === true
        ? inner.predict(inputs, predictOptions)
        : queue.add(inputs, predictOptions),
    close: async () => {
      await queue.close();
      await inner.close();
    },
  };
}

class BatchQueue {
  readonly #inner: Predictor;
  readonly #maxBatchSize: number;
  readonly #sliceMs: number;
  readonly #short = new Set<Job>();
  readonly #long = new Set<Job>();
  #wasShort = false;
  #working: Promise<void> | undefined;
  #closed = false;
  /** Measured milliseconds per character of cost; high at first, so that the first batches are small. */
  #msPerCost = 0.001;

  constructor(inner: Predictor, { maxBatchSize = 256, sliceMs = 4 }: BatchingOptions) {
    this.#inner = inner;
    this.#maxBatchSize = maxBatchSize;
    this.#sliceMs = sliceMs;
  }

  add(inputs: readonly string[], options: PredictOptions | undefined): Promise<Prediction[]> {
    if (this.#closed) return Promise.reject(new Error('this predictor is closed'));
    if (inputs.length === 0) return Promise.resolve([]);
    const signal = options?.signal;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    return new Promise((resolve, reject) => {
      const job: Job = { inputs, answers: [], taken: 0, answered: 0, resolve, reject, settled: false };
      if (signal !== undefined) this.#leaveWhenAborted(job, signal);
      (this.#isLong(inputs) ? this.#long : this.#short).add(job);
      this.#working ??= this.#work();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
  }

  #isLong(inputs: readonly string[]): boolean {
    let room = (LONG_SHARE * this.#sliceMs) / this.#msPerCost;
    return inputs.length > this.#maxBatchSize || inputs.some((input) => (room -= costOf(input)) < 0);
  }

  #leaveWhenAborted(job: Job, signal: AbortSignal): void {
    const leave = (): void => this.#fail(job, signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    const { resolve, reject } = job;
    const stay = (): void => signal.removeEventListener('abort', leave);
    job.resolve = (answers) => (stay(), resolve(answers));
    job.reject = (reason) => (stay(), reject(reason));
  }

  async #work(): Promise<void> {
    while (this.#short.size + this.#long.size > 0) {
      await nextTurn();
      const batch = this.#nextBatch();
      if (batch.length > 0) await this.#run(batch);
    }
    this.#working = undefined;
  }

  /** Short and long calls take turns, so neither waits for more than one batch of the other. */
  #nextBatch(): Share[] {
    this.#wasShort = this.#short.size > 0 && (!this.#wasShort || this.#long.size === 0);
    return this.#takeFrom(this.#wasShort ? this.#short : this.#long);
  }

  /** Takes inputs from calls in their order until the batch is full. */
  #takeFrom(jobs: Set<Job>): Share[] {
    const batch: Share[] = [];
    let room = this.#sliceMs / this.#msPerCost;
    let places = this.#maxBatchSize;
    for (const job of jobs) {
      const from = job.taken;
      while (job.taken < job.inputs.length && places > 0 && (room > 0 || places === this.#maxBatchSize)) {
        room -= costOf(job.inputs[job.taken]!);
        places--;
        job.taken++;
      }
      if (job.taken === from) return batch;
      batch.push({ job, from, count: job.taken - from });
      if (job.taken < job.inputs.length) {
        if (jobs === this.#long) moveToEnd(jobs, job);
        return batch;
      }
      jobs.delete(job);
    }
    return batch;
  }

  async #run(batch: readonly Share[]): Promise<void> {
    const inputs = batch.flatMap(({ job, from, count }) => job.inputs.slice(from, from + count));
    const start = performance.now();
    try {
      const answers = await this.#inner.predict(inputs);
      this.#learn(inputs, performance.now() - start);
      deliver(batch, answers);
    } catch (error) {
      await this.#runEachAlone(batch, error);
    }
  }

  /** One call's inputs must not fail another's. */
  async #runEachAlone(batch: readonly Share[], error: unknown): Promise<void> {
    if (batch.length === 1) return this.#fail(batch[0]!.job, error);
    for (const share of batch) await this.#run([share]);
  }

  #fail(job: Job, reason: unknown): void {
    this.#short.delete(job);
    this.#long.delete(job);
    if (job.settled) return;
    job.settled = true;
    job.reject(reason);
  }

  #learn(inputs: readonly string[], elapsedMs: number): void {
    let cost = 0;
    for (const input of inputs) cost += costOf(input);
    const measured = Math.max(elapsedMs / cost, 1e-6);
    this.#msPerCost = 0.8 * this.#msPerCost + 0.2 * Math.min(measured, 4 * this.#msPerCost);
  }
}

function costOf(input: string): number {
  return COST_PER_INPUT + input.length;
}

function deliver(batch: readonly Share[], answers: readonly Prediction[]): void {
  let at = 0;
  for (const { job, from, count } of batch) {
    for (let index = 0; index < count; index++) job.answers[from + index] = answers[at++]!;
    job.answered += count;
    if (job.answered === job.inputs.length && !job.settled) {
      job.settled = true;
      job.resolve(job.answers);
    }
  }
}

/** So that the next slice belongs to the next long call. */
function moveToEnd(jobs: Set<Job>, job: Job): void {
  jobs.delete(job);
  jobs.add(job);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
