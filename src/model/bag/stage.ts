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

  /** Which rows these texts have entries in: 1 for those. */
  rowsOf(texts: Uint32Array, rows: number): Uint8Array {
    const met = new Uint8Array(rows);
    for (const text of texts) {
      const index = this.#chunkOf[text]!;
      const chunk = this.#chunks[index]!;
      const local = text - this.#firstOf[index]!;
      const end = chunk.starts[local + 1]!;
      for (let i = chunk.starts[local]!; i < end; i++) if (chunk.rows[i]! < rows) met[chunk.rows[i]!] = 1;
    }
    return met;
  }
}

/** Takes entries in rows that were not met out of a stage of `texts` texts and makes up for their length, as if they had no row. */
export function dropUnmet(kernel: Kernel, texts: number, met: Uint8Array, wordRows: number): void {
  const { starts, stageRows, stageValues } = kernel;
  let at = 0;
  let start = starts[0]!;
  for (let text = 0; text < texts; text++) {
    const end = starts[text + 1]!;
    // Words come first in a text, and their rows come before those of characters.
    let wordEnd = start;
    while (wordEnd < end && stageRows[wordEnd]! < wordRows) wordEnd++;
    starts[text] = at;
    at = dropUnmetOf({ stageRows, stageValues }, met, { from: start, to: wordEnd, at });
    at = dropUnmetOf({ stageRows, stageValues }, met, { from: wordEnd, to: end, at });
    start = end;
  }
  starts[texts] = at;
}

function dropUnmetOf(
  { stageRows, stageValues }: Pick<Kernel, 'stageRows' | 'stageValues'>,
  met: Uint8Array,
  { from, to, at }: { from: number; to: number; at: number },
): number {
  let end = at;
  let before = 0;
  let after = 0;
  for (let i = from; i < to; i++) {
    const value = stageValues[i]!;
    before += value * value;
    if (met[stageRows[i]!] === 0) continue;
    after += value * value;
    stageRows[end] = stageRows[i]!;
    stageValues[end++] = value;
  }
  const scale = after === 0 ? 0 : Math.sqrt(before / after);
  for (let i = at; i < end; i++) stageValues[i] = stageValues[i]! * scale;
  return end;
}
