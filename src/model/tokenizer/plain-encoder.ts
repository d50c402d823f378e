import { BYTE_CHARACTERS } from './byte-alphabet.ts';
import type { IdBuffer } from './id-buffer.ts';
import { WordMerger, type RankedMerges } from './merge-word.ts';
import { normaliserOf } from './normaliser.ts';
import { PairTable } from './pair-table.ts';
import { PreTokenCache } from './pre-token-cache.ts';
import { preTokenEnd } from './pre-tokenizer.ts';
import { TextBytes } from './text-bytes.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';

/** Turns text without special tokens into ids. */
export class PlainEncoder {
  readonly #normalise: (text: string) => string;
  readonly #idOfByte: Int32Array;
  readonly #merger: WordMerger;
  readonly #cache = new PreTokenCache();
  readonly #text = new TextBytes();
  #word = new Int32Array(64);

  constructor({ normaliser, merges }: TokenizerParts, ids: ReadonlyMap<string, number>) {
    this.#normalise = normaliserOf(normaliser);
    this.#idOfByte = Int32Array.from(BYTE_CHARACTERS, (token) => ids.get(token)!);
    this.#merger = new WordMerger(rankedMerges(merges));
  }

  encode(text: string, into: IdBuffer): void {
    const length = this.#text.write(this.#normalise(text));
    const { bytes } = this.#text;
    for (let start = 0; start < length;) {
      const end = preTokenEnd(bytes, start, length);
      const known = this.#cache.find(bytes, start, end);
      if (known >= 0) into.append(this.#cache.ids, this.#cache.firstId(known), this.#cache.lastId(known));
      else this.#encodeWord(bytes, { start, end }, into);
      start = end;
    }
    this.#text.shrink();
  }

  #encodeWord(bytes: Uint8Array, span: { start: number; end: number }, into: IdBuffer): void {
    const length = span.end - span.start;
    if (length > this.#word.length) this.#word = new Int32Array(length * 2);
    for (let i = 0; i < length; i++) this.#word[i] = this.#idOfByte[bytes[span.start + i]!]!;
    const merged = this.#merger.merge(this.#word, length);
    into.append(this.#word, 0, merged);
    this.#cache.add(bytes, span, this.#word.subarray(0, merged));
  }
}

function rankedMerges(merges: Int32Array): RankedMerges {
  const ranks = new PairTable(merges.length / 3);
  const made = new Int32Array(merges.length / 3);
  for (let rank = 0; rank < made.length; rank++) {
    ranks.add(merges[3 * rank]!, merges[3 * rank + 1]!);
    made[rank] = merges[3 * rank + 2]!;
  }
  return { ranks, made };
}
