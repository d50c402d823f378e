import type { NgramSettings } from './bag-settings.ts';
import { localCrew, threadCrew, type Crew } from './crew.ts';
import type { FeatureChunk } from './feature-chunk.ts';
import { Slab, type TextEntries, type TextFacts } from './slab.ts';

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

const BATCH_TEXTS = 2048;
/** In UTF-16 code units: a few of these, and their features, are under way at a time. */
const BATCH_UNITS = 1 << 16;
/** Work worth starting threads for, in UTF-16 code units. */
const THREAD_UNITS = 250_000;
/** Entries of a slab: 8 MB. */
const SLAB_ENTRIES = 1 << 20;
/** What is kept of a text beside its entries, in entries. */
const ENTRIES_PER_TEXT = 8;
const TWO_TO_32 = 4294967296;

/** Features of a whole data set in bounded memory: beyond `maxEntries` a seeded uniform part of the training texts is kept. */
export class FeatureStore {
  slabs: Slab[] = [];
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
    const { train } = texts[0]!;
    const facts = texts.map(({ target, weight }, i) => ({ number: numbers[i]!, target, weight }));
    const done = Promise.all([chunk, previous]).then(([ready]) => this.#take(ready, facts, train));
    // A failure is reported where the work is awaited.
    done.catch(() => undefined);
    this.#working.push(done);
  }

  #take(chunk: FeatureChunk, facts: readonly TextFacts[], train: boolean): void {
    const { starts, wordEnds, rows, values } = chunk;
    for (const [i, text] of facts.entries()) {
      if (train && !this.#kept(text.number)) continue;
      const entries = {
        ...text,
        rows,
        values,
        start: starts[i]!,
        wordEnd: wordEnds[i]!,
        end: starts[i + 1]!,
      };
      this.#append(entries, train, rows.length);
    }
    // Frees the memory now: the collector would let a gigabyte of it gather.
    for (const array of [rows, values]) (array.buffer as ArrayBuffer).transfer(0);
    while (this.#entries > this.#options.maxEntries) this.#halve();
  }

  #append(text: TextEntries, train: boolean, batchEntries: number): void {
    if (train) this.#entries += text.end - text.start + ENTRIES_PER_TEXT;
    const last = this.slabs.at(-1);
    if (last !== undefined && last.train === train && last.append(text)) return;
    const wanted = this.#units < THREAD_UNITS ? batchEntries : SLAB_ENTRIES;
    const slab = new Slab(Math.max(wanted, text.end - text.start), train);
    slab.append(text);
    this.slabs.push(slab);
  }

  /** Drops half of the training texts and closes the gaps in place: a text never moves behind where it was. */
  #halve(): void {
    this.share /= 2;
    this.#entries = 0;
    const slabs = this.slabs;
    let to = 0;
    for (const [from, slab] of slabs.entries()) {
      const texts = slab.drain();
      if (to < from && slabs[to]!.train !== slab.train) to = from;
      for (const text of texts) {
        if (slab.train && !this.#kept(text.number)) continue;
        if (slab.train) this.#entries += text.end - text.start + ENTRIES_PER_TEXT;
        while (!slabs[to]!.append(text)) to++;
      }
    }
    this.slabs = slabs.filter(({ facts }) => facts.length > 0);
  }

  /** Texts kept, training and others. */
  get texts(): number {
    return this.slabs.reduce((sum, { facts }) => sum + facts.length, 0);
  }
}

/** A number below 2^32 that depends on the text's number and the seed only (murmur3's final mixing). */
function drawOf(number: number, seed: number): number {
  let h = Math.imul(number, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca77);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
