import { textsOf, type FeatureChunk } from './feature-chunk.ts';
import { STAGE_TEXTS, type Kernel } from './kernel.ts';

/** Finds texts by their number across chunks and copies them to a kernel's stage. */
export class Stager {
  readonly #chunks: readonly FeatureChunk[];
  readonly #chunkOf: Uint32Array;
  readonly #firstOf: number[] = [];
  /** Entries of the longest text. */
  readonly longest: number;

  constructor(chunks: readonly FeatureChunk[]) {
    this.#chunks = chunks;
    this.#chunkOf = new Uint32Array(chunks.reduce((sum, chunk) => sum + textsOf(chunk), 0));
    let longest = 1;
    let first = 0;
    for (const [index, chunk] of chunks.entries()) {
      const texts = textsOf(chunk);
      this.#chunkOf.fill(index, first, first + texts);
      this.#firstOf.push(first);
      first += texts;
      for (let text = 0; text < texts; text++) {
        longest = Math.max(longest, chunk.starts[text + 1]! - chunk.starts[text]!);
      }
    }
    this.longest = longest;
  }

  /** Copies texts from position `from` of `order` until the stage is full; returns how many. */
  fill(kernel: Kernel, order: Uint32Array, from: number, characterWeight: number): number {
    const { starts, stageRows, stageValues } = kernel;
    const most = Math.min(STAGE_TEXTS, order.length - from);
    let at = 0;
    for (let i = 0; i < most; i++) {
      const text = order[from + i]!;
      const index = this.#chunkOf[text]!;
      const chunk = this.#chunks[index]!;
      const local = text - this.#firstOf[index]!;
      const start = chunk.starts[local]!;
      const wordEnd = chunk.wordEnds[local]!;
      const end = characterWeight === 0 ? wordEnd : chunk.starts[local + 1]!;
      if (at + end - start > stageRows.length) return i;
      starts[i] = at;
      const { rows, values } = chunk;
      // A loop: texts are so short that views for `set` would cost more than the copy.
      for (let j = start; j < wordEnd; j++, at++) {
        stageRows[at] = rows[j]!;
        stageValues[at] = values[j]!;
      }
      for (let j = wordEnd; j < end; j++, at++) {
        stageRows[at] = rows[j]!;
        stageValues[at] = values[j]! * characterWeight;
      }
      starts[i + 1] = at;
    }
    return most;
  }
}
