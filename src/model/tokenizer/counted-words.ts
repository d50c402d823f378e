import { ByteSpanTable, grown } from './byte-span-table.ts';

/** Distinct pre-tokens with how often each stands there, in arrays that can be handed to another thread. */
export interface CountedWords {
  bytes: Uint8Array;
  /** Word `i` is from `starts[i]` to `starts[i + 1]`. */
  starts: Uint32Array;
  counts: Float64Array;
}

/** Counts pre-tokens. */
export class WordCounter {
  readonly #table = new ByteSpanTable();
  #counts = new Float64Array(1024);

  add(bytes: Uint8Array, start: number, end: number, count = 1): void {
    const word = this.#table.add(bytes, start, end);
    if (word === this.#counts.length) this.#counts = grown(this.#counts, word + 1);
    this.#counts[word]! += count;
  }

  addAll({ bytes, starts, counts }: CountedWords): void {
    for (let word = 0; word < counts.length; word++) {
      this.add(bytes, starts[word]!, starts[word + 1]!, counts[word]);
    }
  }

  /** What was counted so far; a view, not a copy. */
  words(): CountedWords {
    const { bytes, starts, size } = this.#table;
    return { bytes, starts, counts: this.#counts.subarray(0, size) };
  }
}
