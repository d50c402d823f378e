import { sharedNumbers, type FeatureChunk } from './feature-chunk.ts';

/** What is known of a text beside its features. */
export interface TextFacts {
  /** Its number in the order of loading. */
  number: number;
  target: number;
  weight: number;
}

/** One text's features and facts, wherever they are. */
export interface TextEntries extends TextFacts {
  rows: Uint32Array;
  values: Float32Array;
  /** Entries `start` to `end` - 1, of which those before `wordEnd` are words. */
  start: number;
  wordEnd: number;
  end: number;
}

/** A fixed piece of memory that threads share, filled with the features of texts, all to learn from or all not. */
export class Slab {
  readonly train: boolean;
  readonly #rows: Uint32Array;
  readonly #values: Float32Array;
  #starts: number[] = [0];
  #wordEnds: number[] = [];
  #facts: TextFacts[] = [];

  constructor(capacity: number, train: boolean) {
    this.train = train;
    this.#rows = new Uint32Array(new SharedArrayBuffer(4 * capacity));
    this.#values = new Float32Array(new SharedArrayBuffer(4 * capacity));
  }

  get facts(): readonly TextFacts[] {
    return this.#facts;
  }

  get used(): number {
    return this.#starts.at(-1)!;
  }

  get capacity(): number {
    return this.#rows.length;
  }

  /** Appends a text; false when it has no room. */
  append(text: TextEntries): boolean {
    const at = this.used;
    const length = text.end - text.start;
    if (at + length > this.capacity) return false;
    this.#rows.set(text.rows.subarray(text.start, text.end), at);
    this.#values.set(text.values.subarray(text.start, text.end), at);
    this.#wordEnds.push(at + text.wordEnd - text.start);
    this.#starts.push(at + length);
    this.#facts.push({ number: text.number, target: text.target, weight: text.weight });
    return true;
  }

  /** Empties the slab and gives what was in it; its entries stay where they are until they are overwritten. */
  drain(): TextEntries[] {
    const texts = this.#facts.map((facts, i) => ({
      ...facts,
      rows: this.#rows,
      values: this.#values,
      start: this.#starts[i]!,
      wordEnd: this.#wordEnds[i]!,
      end: this.#starts[i + 1]!,
    }));
    this.#starts = [0];
    this.#wordEnds = [];
    this.#facts = [];
    return texts;
  }

  chunk(): FeatureChunk {
    return {
      starts: sharedNumbers(this.#starts),
      wordEnds: sharedNumbers(this.#wordEnds),
      rows: this.#rows,
      values: this.#values,
    };
  }
}
