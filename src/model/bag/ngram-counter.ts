import type { NgramSettings } from './bag-settings.ts';
import { bucketCount } from './bag-settings.ts';
import { CHARACTER_KIND, SPACE, WORD } from './character-kind.ts';

/** FNV-1a, 32 bits, over UTF-16 code units. */
const HASH_START = 0x811c9dc5 | 0;
const HASH_PRIME = 0x01000193;
const PAIR_FACTOR = 0x9e3779b1 | 0;
const PAD = 0x20;

/** Final mixing of MurmurHash3 (Austin Appleby, public domain), so that the high bits are good bucket numbers. */
function mix(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}

/** The text as it is counted: NFC, lower case. */
export function normalisedText(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

/**
 * Counts the n-grams of one text at a time, in time linear in its length and memory bounded by the number of buckets. After
 * `count(text)` the first `length` elements of `buckets` and `counts` hold each bucket met and how often, in the order of
 * first appearance, words before `wordEnd` and characters after.
 */
export class NgramCounter {
  buckets: Uint32Array = new Uint32Array(1024);
  counts: Uint32Array = new Uint32Array(1024);
  length = 0;
  wordEnd = 0;
  readonly #settings: NgramSettings;
  /** Position + 1 of each bucket in `buckets`; 0 when the current text has not met it. */
  readonly #position: Uint32Array;
  #units = new Uint16Array(1024);

  constructor(settings: NgramSettings) {
    this.#settings = settings;
    this.#position = new Uint32Array(bucketCount(settings));
  }

  count(text: string): void {
    this.#forget();
    const length = this.#readUnits(normalisedText(text));
    this.#countWords(length);
    this.wordEnd = this.length;
    if (this.#settings.characterBits > 0) this.#countCharacters(length);
  }

  /** Frees the largest memory; nothing can be counted afterwards. */
  close(): void {
    (this.#position.buffer as ArrayBuffer).transfer(0);
  }

  #forget(): void {
    const { buckets, length } = this;
    for (let i = 0; i < length; i++) this.#position[buckets[i]!] = 0;
    this.length = 0;
  }

  /** Code units with a space before and after; returns their number. */
  #readUnits(text: string): number {
    if (this.#units.length < text.length + 2) this.#units = new Uint16Array(2 * text.length + 2);
    const units = this.#units;
    units[0] = PAD;
    for (let i = 0; i < text.length; i++) units[i + 1] = text.charCodeAt(i);
    units[text.length + 1] = PAD;
    return text.length + 2;
  }

  #add(bucket: number): void {
    const position = this.#position[bucket]!;
    if (position > 0) {
      this.counts[position - 1]!++;
      return;
    }
    if (this.length === this.buckets.length) this.#grow();
    this.buckets[this.length] = bucket;
    this.counts[this.length] = 1;
    this.#position[bucket] = ++this.length;
  }

  #grow(): void {
    const { buckets, counts } = this;
    this.buckets = new Uint32Array(2 * buckets.length);
    this.buckets.set(buckets);
    this.counts = new Uint32Array(2 * counts.length);
    this.counts.set(counts);
  }

  /** Tokens are runs of word characters and single other characters; each is counted, and each with the one before it. */
  #countWords(length: number): void {
    const units = this.#units;
    const shift = 32 - this.#settings.wordBits;
    const pairs = this.#settings.wordOrder === 2;
    let previous = 0;
    let hasPrevious = false;
    for (let i = 1; i < length - 1;) {
      const kind = CHARACTER_KIND[units[i]!]!;
      if (kind === SPACE) {
        i++;
        continue;
      }
      let hash = Math.imul(HASH_START ^ units[i++]!, HASH_PRIME);
      if (kind === WORD) {
        while (CHARACTER_KIND[units[i]!] === WORD) hash = Math.imul(hash ^ units[i++]!, HASH_PRIME);
      }
      this.#add(mix(hash) >>> shift);
      if (pairs && hasPrevious) this.#add(mix((Math.imul(previous, PAIR_FACTOR) + hash) | 0) >>> shift);
      previous = hash;
      hasPrevious = true;
    }
  }

  /** Character n-grams of each run between spaces, one space of padding on either side counted in. */
  #countCharacters(length: number): void {
    const units = this.#units;
    for (let i = 1; i < length - 1;) {
      if (CHARACTER_KIND[units[i]!] === SPACE) {
        i++;
        continue;
      }
      const start = i - 1;
      while (CHARACTER_KIND[units[i]!] !== SPACE) i++;
      units[start] = PAD;
      units[i] = PAD;
      this.#countRun(start, i + 1);
    }
  }

  #countRun(start: number, end: number): void {
    const units = this.#units;
    const [shortest, longest] = this.#settings.characterOrders;
    const shift = 32 - this.#settings.characterBits;
    const base = 2 ** this.#settings.wordBits;
    for (let first = start; first + shortest <= end; first++) {
      const stop = Math.min(first + longest, end);
      let hash = HASH_START;
      for (let i = first; i < stop; i++) {
        hash = Math.imul(hash ^ units[i]!, HASH_PRIME);
        if (i - first + 1 >= shortest) this.#add(base + (mix(hash) >>> shift));
      }
    }
  }
}
