import type { NgramSettings } from './bag-settings.ts';
import { localCrew, threadCrew, type Crew } from './crew.ts';
import { filterChunk, textsOf, type FeatureChunk } from './feature-chunk.ts';

/** A text to learn from or to be scored. */
export interface StoredText {
  text: string;
  target: number;
  weight: number;
  /** Used to learn from (true) or only to score. */
  train: boolean;
}

export interface StoreOptions {
  ngrams: NgramSettings;
  /** Threads once there is enough work for them. */
  workers: number;
  seed: number;
  /** Most n-gram entries of training texts kept, 8 bytes each. */
  maxEntries: number;
  signal?: AbortSignal | undefined;
}

interface LoadedBatch {
  chunk: FeatureChunk;
  /** Number of each text in the order of loading, its class and weight. */
  numbers: number[];
  targets: number[];
  weights: number[];
  train: boolean;
}

const BATCH_TEXTS = 2048;
const BATCH_UNITS = 1 << 20;
/** Work worth starting threads for, in UTF-16 code units. */
const THREAD_UNITS = 250_000;
const TWO_TO_32 = 4294967296;

/** Features of a whole data set in bounded memory: beyond `maxEntries` a seeded uniform part of the training texts is kept. */
export class FeatureStore {
  readonly batches: LoadedBatch[] = [];
  /** Training texts offered. */
  offered = 0;
  /** Share of training texts kept. */
  share = 1;
  crew: Crew;
  readonly #options: StoreOptions;
  #pending: StoredText[] = [];
  #pendingNumbers: number[] = [];
  #pendingUnits = 0;
  #units = 0;
  #number = 0;
  #entries = 0;
  #working: Promise<void>[] = [];
  #turn = 0;

  constructor(options: StoreOptions) {
    this.#options = options;
    this.crew = localCrew(options.signal);
  }

  /** Adds one text; resolves when there is room for the next. */
  async add(text: StoredText): Promise<void> {
    const number = this.#number++;
    if (text.train) this.offered++;
    if (text.train && !this.#kept(number)) return;
    if (this.#pending.length > 0 && this.#pending[0]!.train !== text.train) await this.#flush();
    this.#pending.push(text);
    this.#pendingNumbers.push(number);
    this.#pendingUnits += text.text.length;
    if (this.#pending.length === BATCH_TEXTS || this.#pendingUnits >= BATCH_UNITS) await this.#flush();
  }

  /** Waits until all texts are featurised. */
  async finish(): Promise<void> {
    await this.#flush();
    await Promise.all(this.#working);
    this.#working = [];
  }

  /** Whether a training text belongs to the part that is kept: its own seeded draw against the share. */
  #kept(number: number): boolean {
    return this.share === 1 || drawOf(number, this.#options.seed) < this.share * TWO_TO_32;
  }

  async #flush(): Promise<void> {
    if (this.#pending.length === 0) return;
    const texts = this.#pending;
    const numbers = this.#pendingNumbers;
    this.#units += this.#pendingUnits;
    this.#pending = [];
    this.#pendingNumbers = [];
    this.#pendingUnits = 0;
    await this.#staffUp();
    this.#dispatch(texts, numbers);
    if (this.#working.length >= 2 * this.crew.size) await this.#working.shift();
  }

  async #staffUp(): Promise<void> {
    if (this.crew.size > 1 || this.#options.workers < 2 || this.#units < THREAD_UNITS) return;
    await Promise.all(this.#working);
    this.#working = [];
    await this.crew.close();
    this.crew = threadCrew(this.#options.workers, this.#options.signal);
  }

  /** Featurises a batch on the next member; batches are taken in in their own order. */
  #dispatch(texts: StoredText[], numbers: number[]): void {
    const previous = this.#working.at(-1);
    const chunk = this.crew.ask(this.#turn++ % this.crew.size, 'featurise', {
      settings: this.#options.ngrams,
      texts: texts.map(({ text }) => text),
    });
    const targets = texts.map(({ target }) => target);
    const weights = texts.map(({ weight }) => weight);
    const { train } = texts[0]!;
    const done = Promise.all([chunk, previous]).then(([ready]) =>
      this.#take({ chunk: ready, numbers, targets, weights, train }),
    );
    // A failure is reported where the work is awaited.
    done.catch(() => undefined);
    this.#working.push(done);
  }

  #take(batch: LoadedBatch): void {
    const kept = batch.train ? this.#filtered(batch) : batch;
    this.batches.push(kept);
    if (kept.train) this.#entries += kept.chunk.rows.length;
    while (this.#entries > this.#options.maxEntries) this.#halve();
  }

  #halve(): void {
    this.share /= 2;
    this.#entries = 0;
    for (const [index, batch] of this.batches.entries()) {
      if (!batch.train) continue;
      const kept = this.#filtered(batch);
      this.batches[index] = kept;
      this.#entries += kept.chunk.rows.length;
    }
  }

  #filtered(batch: LoadedBatch): LoadedBatch {
    if (this.share === 1) return batch;
    const keep = batch.numbers.map((number) => this.#kept(number));
    if (keep.every(Boolean)) return batch;
    const part = <T>(values: T[]): T[] => values.filter((_, i) => keep[i]);
    return {
      chunk: filterChunk(batch.chunk, (text) => keep[text]!),
      numbers: part(batch.numbers),
      targets: part(batch.targets),
      weights: part(batch.weights),
      train: batch.train,
    };
  }

  /** Texts kept, training and others. */
  get texts(): number {
    return this.batches.reduce((sum, { chunk }) => sum + textsOf(chunk), 0);
  }
}

/** A number below 2^32 that depends on the text's number and the seed only (murmur3's final mixing). */
function drawOf(number: number, seed: number): number {
  let h = Math.imul(number, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
