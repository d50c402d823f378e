import { allocateChunk, textsOf, type FeatureChunk } from './feature-chunk.ts';
import type { NgramCounter } from './ngram-counter.ts';
import type { RowTable } from './row-table.ts';

const FREQUENCY_TABLE = Float32Array.from({ length: 256 }, (_, count) =>
  count === 0 ? 0 : 1 + Math.log(count),
);

/** 1 + ln(count), as a 32-bit float. */
export function dampedCount(count: number): number {
  return count < 256 ? FREQUENCY_TABLE[count]! : Math.fround(1 + Math.log(count));
}

/** Counts the n-grams of each text. */
export function featuriseTexts(counter: NgramCounter, texts: readonly string[]): FeatureChunk {
  const parts: { buckets: Uint32Array; values: Float32Array; wordEnd: number }[] = [];
  let entries = 0;
  for (const text of texts) {
    counter.count(text);
    const { length } = counter;
    const values = new Float32Array(length);
    for (let i = 0; i < length; i++) values[i] = dampedCount(counter.counts[i]!);
    parts.push({ buckets: counter.buckets.slice(0, length), values, wordEnd: counter.wordEnd });
    entries += length;
  }
  const chunk = allocateChunk(texts.length, entries);
  let at = 0;
  for (const [text, { buckets, values, wordEnd }] of parts.entries()) {
    chunk.rows.set(buckets, at);
    chunk.values.set(values, at);
    chunk.wordEnds[text] = at + wordEnd;
    at += buckets.length;
    chunk.starts[text + 1] = at;
  }
  return chunk;
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
