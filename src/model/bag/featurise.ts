import type { NgramSettings } from './bag-settings.ts';
import { textsOf, type FeatureChunk } from './feature-chunk.ts';
import { NgramCounter } from './ngram-counter.ts';
import type { RowTable } from './row-table.ts';

const FREQUENCY_TABLE = Float32Array.from({ length: 256 }, (_, count) =>
  count === 0 ? 0 : 1 + Math.log(count),
);

/** 1 + ln(count), as a 32-bit float. */
export function dampedCount(count: number): number {
  return count < 256 ? FREQUENCY_TABLE[count]! : Math.fround(1 + Math.log(count));
}

/** Counts the n-grams of batches of texts; the arrays it gives are its caller's. */
export class BatchFeaturiser {
  readonly #counter: NgramCounter;
  /** One growing array for all texts: an array for each would cost more than the counting. */
  #entries = new EntryBuffer(1 << 16);

  constructor(settings: NgramSettings) {
    this.#counter = new NgramCounter(settings);
  }

  featurise(texts: readonly string[]): FeatureChunk {
    const counter = this.#counter;
    const starts = new Uint32Array(texts.length + 1);
    const wordEnds = new Uint32Array(texts.length);
    for (const [text, input] of texts.entries()) {
      counter.count(input);
      const start = starts[text]!;
      this.#entries = this.#entries.withRoom(start + counter.length, start);
      const { rows, values } = this.#entries;
      rows.set(counter.buckets.subarray(0, counter.length), start);
      for (let i = 0; i < counter.length; i++) values[start + i] = dampedCount(counter.counts[i]!);
      wordEnds[text] = start + counter.wordEnd;
      starts[text + 1] = start + counter.length;
    }
    const end = starts[texts.length]!;
    return {
      starts,
      wordEnds,
      rows: this.#entries.rows.slice(0, end),
      values: this.#entries.values.slice(0, end),
    };
  }

  /** Frees the memory now: the collector would let it lie. */
  close(): void {
    this.#entries.free();
    this.#counter.close();
  }
}

class EntryBuffer {
  readonly rows: Uint32Array;
  readonly values: Float32Array;

  constructor(capacity: number) {
    this.rows = new Uint32Array(capacity);
    this.values = new Float32Array(capacity);
  }

  /** This buffer, or a larger one with the first `used` entries of it. */
  withRoom(needed: number, used: number): EntryBuffer {
    if (needed <= this.rows.length) return this;
    const larger = new EntryBuffer(2 * needed);
    larger.rows.set(this.rows.subarray(0, used));
    larger.values.set(this.values.subarray(0, used));
    this.free();
    return larger;
  }

  free(): void {
    for (const { buffer } of [this.rows, this.values]) (buffer as ArrayBuffer).transfer(0);
  }
}

/** Adds the number of texts that met each bucket to `counts`. */
export function countTexts(chunk: FeatureChunk, counts: Uint32Array): void {
  const end = chunk.starts[textsOf(chunk)]!;
  for (let i = 0; i < end; i++) counts[chunk.rows[i]!]!++;
}

/** Turns buckets into rows and counts into tf-idf, in place; entries without a row go. */
export function weighChunk(chunk: FeatureChunk, table: RowTable): void {
  let at = 0;
  let start = 0;
  for (let text = 0; text < textsOf(chunk); text++) {
    const end = chunk.starts[text + 1]!;
    const wordEnd = chunk.wordEnds[text]!;
    at = weighBlock(chunk, table, start, wordEnd, at);
    chunk.wordEnds[text] = at;
    at = weighBlock(chunk, table, wordEnd, end, at);
    chunk.starts[text + 1] = at;
    start = end;
  }
}

/** Weighs entries `from` to `to` - 1 of a chunk, moves them to `at` and returns the position after the last one kept. */
function weighBlock(chunk: FeatureChunk, table: RowTable, from: number, to: number, at: number): number {
  const { rows, values } = chunk;
  let end = at;
  let squares = 0;
  for (let i = from; i < to; i++) {
    const row = table.rowOf[rows[i]!]!;
    if (row < 0) continue;
    const value = Math.fround(values[i]! * table.idf[row]!);
    rows[end] = row;
    values[end++] = value;
    squares += value * value;
  }
  const scale = squares === 0 ? 0 : 1 / Math.sqrt(squares);
  for (let i = at; i < end; i++) values[i] = values[i]! * scale;
  return end;
}
