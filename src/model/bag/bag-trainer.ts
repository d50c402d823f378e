import type { BagModel, BagWeights } from './bag-model.ts';
import { bucketCount, type FitSettings, type NgramSettings, type RowLimits } from './bag-settings.ts';
import { UNCALIBRATED } from './calibration.ts';
import type { Crew } from './crew.ts';
import { sharedNumbers, type FeatureChunk } from './feature-chunk.ts';
import { FeatureStore, type StoredText } from './feature-store.ts';
import { chooseRows, type RowTable } from './row-table.ts';
import type { ClassSlice } from './slice-trainer.ts';

export interface TrainerOptions {
  labels: readonly string[];
  ngrams: NgramSettings;
  /** Chosen from the number of classes when left out. */
  limits?: RowLimits;
  /** Threads once there is enough work for them; the result does not depend on it. Default 2. */
  workers?: number;
  seed: number;
  /** Most n-gram entries of training texts kept, 8 bytes each. Default 32 million. */
  maxEntries?: number;
  signal?: AbortSignal | undefined;
}

const DEFAULT_WORKERS = 2;
const DEFAULT_MAX_ENTRIES = 32_000_000;
/** An 8-bit model keeps under 10 million bytes where that leaves at least MIN_ROWS rows. */
const MODEL_BYTES = 9_500_000;
const MIN_ROWS = 1 << 16;
const MAX_ROWS = 1 << 20;
/** Trained weights are 4 bytes each: 200 MB. */
const MAX_WEIGHTS = 50_000_000;

/** Rows for a number of classes: bounds the model's size and the memory of training. */
export function defaultRowLimits(classes: number): RowLimits {
  const wanted = Math.max(MIN_ROWS, Math.min(MAX_ROWS, Math.floor(MODEL_BYTES / (classes + 4))));
  return {
    // Where there is room for n-grams met once, they help: .4 points on WordNet with words alone.
    minTexts: 1,
    maxRows: Math.max(1, Math.min(wanted, Math.floor(MAX_WEIGHTS / (4 * Math.ceil(classes / 4))))),
  };
}

/** Loads texts once, then fits any number of linear classifiers on them. */
export class BagTrainer {
  readonly options: TrainerOptions;
  readonly #store: FeatureStore;
  #chunks: FeatureChunk[] = [];
  #table: RowTable | undefined;
  #targets: Int32Array = new Int32Array(0);
  #weights: Float32Array | null = null;
  #fit: FitSettings | undefined;
  /** Numbers of the texts to learn from and of those only to be scored. */
  trainTexts: Uint32Array = new Uint32Array(0);
  otherTexts: Uint32Array = new Uint32Array(0);
  /** For each text kept, its number in the order of \`add\`. */
  numbers: Uint32Array = new Uint32Array(0);

  constructor(options: TrainerOptions) {
    this.options = options;
    this.#store = new FeatureStore({
      ngrams: options.ngrams,
      workers: options.workers ?? DEFAULT_WORKERS,
      seed: options.seed,
      maxEntries: options.maxEntries ?? DEFAULT_MAX_ENTRIES,
      signal: options.signal,
    });
  }

  add(text: StoredText): Promise<void> {
    return this.#store.add(text);
  }

  /** Chooses the rows and weighs the features; texts cannot be added afterwards. */
  async seal(): Promise<void> {
    const store = this.#store;
    await store.finish();
    this.#chunks = store.slabs.map((slab) => slab.chunk());
    this.#number();
    const counts = await this.#countTexts();
    const texts = this.trainTexts.length;
    const table = chooseRows(counts, texts, this.rowLimits);
    this.#table = table;
    const chunks = this.#chunks;
    await this.#share(chunks, (member, own) => this.#crew.ask(member, 'weigh', { chunks: own, table }));
    await this.#everyone((member) => this.#crew.ask(member, 'open', { chunks }));
  }

  /** Training texts offered and kept. */
  get loaded(): { offered: number; kept: number } {
    return { offered: this.#store.offered, kept: this.trainTexts.length };
  }

  /** The limits that decide which n-grams have a row. */
  get rowLimits(): RowLimits {
    return this.options.limits ?? defaultRowLimits(this.options.labels.length);
  }

  /** n-gram entries of all texts. */
  get entries(): number {
    return this.#chunks.reduce((sum, { starts }) => sum + starts.at(-1)!, 0);
  }

  get rows(): number {
    return this.#sealed().idf.length;
  }

  get targets(): Int32Array {
    return this.#targets;
  }

  /** Fits all classes on these texts (default: all training texts); the members hold the weights until the next fit. */
  async fit(settings: FitSettings, texts: Uint32Array = this.trainTexts): Promise<void> {
    this.#fit = settings;
    const wordRows = this.#wordRows();
    const rows = settings.characterWeight === 0 ? wordRows : this.rows;
    const shared = { ...settings, rows, wordRows, texts, targets: this.#targets, weights: this.#weights };
    await this.#slices((member, slice) => this.#crew.ask(member, 'fit', { ...shared, slice }));
  }

  /**
   * Scores (texts × classes) of the classifier fitted last. With `unmetLeftOut`, for training texts that it was fitted without,
   * n-grams that it did not meet count as unknown, as they will in a new text.
   */
  async score(texts: Uint32Array, { unmetLeftOut = false } = {}): Promise<Float32Array> {
    const classes = this.options.labels.length;
    const scores = new Float32Array(new SharedArrayBuffer(4 * texts.length * classes));
    await this.#slices((member) => this.#crew.ask(member, 'score', { texts, scores, classes, unmetLeftOut }));
    return scores;
  }

  /** The classifier fitted last. With `int8` its weights are rounded, and later scores are those of the rounded weights. */
  async take(kind: BagWeights['kind']): Promise<BagModel> {
    const classes = this.options.labels.length;
    const bias = new Float32Array(new SharedArrayBuffer(4 * classes));
    const { characterWeight } = this.#fit!;
    const wordsOnly = characterWeight === 0;
    const table = this.#sealed();
    const rows = wordsOnly ? this.#wordRows() : table.idf.length;
    const weights = sharedWeights(kind, rows, classes);
    await this.#slices((member) => this.#crew.ask(member, 'take', { weights, bias, classes }));
    return {
      labels: this.options.labels,
      ngrams: wordsOnly ? { ...this.options.ngrams, characterBits: 0 } : this.options.ngrams,
      characterWeight,
      rowOf: wordsOnly ? table.rowOf.subarray(0, 2 ** this.options.ngrams.wordBits) : table.rowOf,
      idf: table.idf.subarray(0, rows),
      weights,
      bias,
      calibration: UNCALIBRATED,
    };
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  get #crew(): Crew {
    return this.#store.crew;
  }

  #sealed(): RowTable {
    if (this.#table === undefined) throw new Error('seal comes before fit');
    return this.#table;
  }

  /** Rows of words come before rows of characters. */
  #wordRows(): number {
    const { rowOf } = this.#sealed();
    let bucket = 2 ** this.options.ngrams.wordBits - 1;
    while (bucket >= 0 && rowOf[bucket]! < 0) bucket--;
    return bucket < 0 ? 0 : rowOf[bucket]! + 1;
  }

  /** Numbers the texts kept, in the order of loading. */
  #number(): void {
    const { slabs, texts } = this.#store;
    const targets = new Int32Array(new SharedArrayBuffer(4 * texts));
    const weights = new Float32Array(new SharedArrayBuffer(4 * texts));
    this.numbers = new Uint32Array(texts);
    const train: number[] = [];
    const others: number[] = [];
    let at = 0;
    for (const slab of slabs) {
      for (const { number, target, weight } of slab.facts) {
        targets[at] = target;
        weights[at] = weight;
        this.numbers[at] = number;
        (slab.train ? train : others).push(at++);
      }
    }
    this.#targets = targets;
    this.#weights = ofMeanOne(weights);
    this.trainTexts = sharedNumbers(train);
    this.otherTexts = sharedNumbers(others);
  }

  async #countTexts(): Promise<Uint32Array> {
    const settings = this.options.ngrams;
    const chunks = this.#chunks.filter((_, i) => this.#store.slabs[i]!.train);
    const parts = await this.#share(chunks, (member, own) =>
      this.#crew.ask(member, 'countTexts', { settings, chunks: own }),
    );
    const counts = parts[0] ?? new Uint32Array(bucketCount(settings));
    for (const part of parts.slice(1)) for (let i = 0; i < part.length; i++) counts[i]! += part[i]!;
    return counts;
  }

  /** Deals chunks to the members. */
  #share<T>(
    chunks: readonly FeatureChunk[],
    ask: (member: number, own: FeatureChunk[]) => Promise<T>,
  ): Promise<T[]> {
    const { size } = this.#crew;
    return this.#everyone((member) =>
      ask(
        member,
        chunks.filter((_, i) => i % size === member),
      ),
    );
  }

  #everyone<T>(ask: (member: number) => Promise<T>): Promise<T[]> {
    return Promise.all(Array.from({ length: this.#crew.size }, (_, member) => ask(member)));
  }

  /** Gives each member a run of classes, whole groups of four; few classes keep some members idle. */
  async #slices(ask: (member: number, slice: ClassSlice) => Promise<unknown>): Promise<void> {
    await Promise.all(
      classSlices(this.options.labels.length, this.#crew.size).map((slice, member) => ask(member, slice)),
    );
  }
}

/** Splits classes into at most `parts` runs of whole groups of four. */
export function classSlices(classes: number, parts: number): ClassSlice[] {
  const groups = Math.ceil(classes / 4);
  const bounds = Array.from(
    { length: Math.min(parts, groups) + 1 },
    (_, i) => 4 * Math.round((i * groups) / Math.min(parts, groups)),
  );
  return bounds.slice(1).map((to, i) => ({ from: bounds[i]!, to: Math.min(to, classes) }));
}

/** Weights divided by their mean; null when all are equal. */
function ofMeanOne(weights: Float32Array<SharedArrayBuffer>): Float32Array | null {
  if (weights.every((weight) => weight === weights[0])) return null;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  for (let i = 0; i < weights.length; i++) weights[i] = weights[i]! / mean;
  return weights;
}

function sharedWeights(kind: BagWeights['kind'], rows: number, classes: number): BagWeights {
  if (kind === 'float32') {
    return { kind, data: new Float32Array(new SharedArrayBuffer(4 * rows * classes)) };
  }
  return {
    kind,
    data: new Int8Array(new SharedArrayBuffer(rows * classes)),
    scales: new Float32Array(new SharedArrayBuffer(4 * classes)),
  };
}
