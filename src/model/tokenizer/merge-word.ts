import { grown } from './byte-span-table.ts';
import type { PairTable } from './pair-table.ts';

const NOWHERE = -1;
const GONE = -1;
/** Larger than any position in a word, so that merges are ordered by `rank * POSITION_LIMIT + position`. */
const POSITION_LIMIT = 2 ** 31;

/** The merges in order: the number of a pair is its rank, and what the pair makes is at that index. */
export interface RankedMerges {
  ranks: PairTable;
  made: Int32Array;
}

/** Applies merges to one pre-token at a time: the lowest rank first, of equal ranks the leftmost. */
export class WordMerger {
  readonly #merges: RankedMerges;
  #ids = new Int32Array(64);
  #next = new Int32Array(64);
  #previous = new Int32Array(64);
  #heap = new Float64Array(64);
  #heapSize = 0;

  constructor(merges: RankedMerges) {
    this.#merges = merges;
  }

  /** Merges `ids[0..length)` in place and returns how many are left. */
  merge(ids: Int32Array, length: number): number {
    this.#start(ids, length);
    while (this.#heapSize > 0) this.#apply(this.#pop());
    let left = 0;
    for (let position = 0; position !== NOWHERE; position = this.#next[position]!) {
      ids[left++] = this.#ids[position]!;
    }
    return left;
  }

  #start(ids: Int32Array, length: number): void {
    this.#makeRoom(length);
    this.#heapSize = 0;
    for (let position = 0; position < length; position++) {
      this.#ids[position] = ids[position]!;
      this.#next[position] = position + 1 < length ? position + 1 : NOWHERE;
      this.#previous[position] = position - 1;
    }
    for (let position = 0; position + 1 < length; position++) this.#queuePairAt(position);
  }

  #makeRoom(length: number): void {
    if (length <= this.#ids.length) return;
    this.#ids = grown(this.#ids, length);
    this.#next = grown(this.#next, length);
    this.#previous = grown(this.#previous, length);
    // Every merge removes one symbol and queues at most two pairs.
    this.#heap = grown(this.#heap, 3 * this.#ids.length);
  }

  #apply(entry: number): void {
    const rank = Math.floor(entry / POSITION_LIMIT);
    const position = entry % POSITION_LIMIT;
    if (this.#rankAt(position) !== rank) return;
    const taken = this.#next[position]!;
    const after = this.#next[taken]!;
    this.#ids[position] = this.#merges.made[rank]!;
    this.#ids[taken] = GONE;
    this.#next[position] = after;
    if (after !== NOWHERE) {
      this.#previous[after] = position;
      this.#queuePairAt(position);
    }
    if (position > 0) this.#queuePairAt(this.#previous[position]!);
  }

  /** The rank of the pair that begins here, or -1. */
  #rankAt(position: number): number {
    const next = this.#next[position]!;
    if (next === NOWHERE || this.#ids[position] === GONE) return -1;
    return this.#merges.ranks.find(this.#ids[position]!, this.#ids[next]!);
  }

  #queuePairAt(position: number): void {
    const rank = this.#rankAt(position);
    if (rank >= 0) this.#push(rank * POSITION_LIMIT + position);
  }

  #push(entry: number): void {
    const heap = this.#heap;
    let position = this.#heapSize++;
    while (position > 0) {
      const parent = (position - 1) >> 1;
      if (heap[parent]! <= entry) break;
      heap[position] = heap[parent]!;
      position = parent;
    }
    heap[position] = entry;
  }

  #pop(): number {
    const heap = this.#heap;
    const top = heap[0]!;
    const entry = heap[--this.#heapSize]!;
    let position = 0;
    for (;;) {
      let child = 2 * position + 1;
      if (child >= this.#heapSize) break;
      if (child + 1 < this.#heapSize && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= entry) break;
      heap[position] = heap[child]!;
      position = child;
    }
    heap[position] = entry;
    return top;
  }
}
