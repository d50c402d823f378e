import { grown } from './byte-span-table.ts';

const FIRST_ENTRIES = 1024;
/** Larger than any token id, so that pairs are ordered by `left * ID_LIMIT + right`. */
const ID_LIMIT = 2 ** 26;

/** A pair that may be merged: how often it stood there when it was queued, and the list of words it stood in. */
export interface QueuedPair {
  pair: number;
  left: number;
  right: number;
  count: number;
  words: number;
}

/** The most frequent pair first; of equally frequent ones that with the smaller left, then the smaller right id. */
export class MergeQueue {
  #counts = new Float64Array(FIRST_ENTRIES);
  #orders = new Float64Array(FIRST_ENTRIES);
  #pairs = new Int32Array(FIRST_ENTRIES);
  #words = new Int32Array(FIRST_ENTRIES);
  #heap = new Int32Array(FIRST_ENTRIES);
  #entries = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push({ pair, left, right, count, words }: QueuedPair): void {
    const entry = this.#entries++;
    if (entry === this.#counts.length) this.#grow();
    this.#counts[entry] = count;
    this.#orders[entry] = left * ID_LIMIT + right;
    this.#pairs[entry] = pair;
    this.#words[entry] = words;
    this.#heap[this.#size++] = entry;
    this.#rise(this.#size - 1);
  }

  topPair(): number {
    return this.#pairs[this.#heap[0]!]!;
  }

  topCount(): number {
    return this.#counts[this.#heap[0]!]!;
  }

  topWords(): number {
    return this.#words[this.#heap[0]!]!;
  }

  /** The first pair stands there this often now. */
  recountTop(count: number): void {
    this.#counts[this.#heap[0]!] = count;
    this.#sink(0);
  }

  removeTop(): void {
    this.#heap[0] = this.#heap[--this.#size]!;
    this.#sink(0);
  }

  #before(a: number, b: number): boolean {
    const difference = this.#counts[a]! - this.#counts[b]!;
    return difference > 0 || (difference === 0 && this.#orders[a]! < this.#orders[b]!);
  }

  #rise(from: number): void {
    const heap = this.#heap;
    const entry = heap[from]!;
    let position = from;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (!this.#before(entry, heap[parent]!)) break;
      heap[position] = heap[parent]!;
      position = parent;
    }
    heap[position] = entry;
  }

  #sink(from: number): void {
    const heap = this.#heap;
    const size = this.#size;
    const entry = heap[from]!;
    let position = from;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= size) break;
      if (child + 1 < size && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, entry)) break;
      heap[position] = heap[child]!;
      position = child;
    }
    heap[position] = entry;
  }

  #grow(): void {
    const length = this.#counts.length * 2;
    this.#counts = grown(this.#counts, length);
    this.#orders = grown(this.#orders, length);
    this.#pairs = grown(this.#pairs, length);
    this.#words = grown(this.#words, length);
    this.#heap = grown(this.#heap, length);
  }
}
