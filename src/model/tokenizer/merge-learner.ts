import { BYTES_IN_TOKEN_ORDER } from './byte-alphabet.ts';
import { ByteSpanTable, grown } from './byte-span-table.ts';
import type { CountedWords } from './counted-words.ts';
import { MergeQueue } from './merge-queue.ts';
import { PairTable } from './pair-table.ts';
import { NO_LIST, WordLists } from './word-lists.ts';

const WORDS_PER_STEP = 10_000;

/** What limits the learning; ids start with those of special tokens. */
export interface MergeLimits {
  vocabularySize: number;
  minFrequency: number;
  specialTokens: number;
}

/** Triples of left id, right id and the id of what they make, in the order in which they are applied. */
export type Merges = Int32Array;

/**
 * Byte-pair encoding, learnt as Hugging Face's trainer does: always the most frequent pair, of equally frequent ones
 * that with the smaller ids. Counts are kept up to date word by word, the queue's when a pair comes to its front.
 */
export class MergeLearner {
  readonly #limits: MergeLimits;
  readonly #wordCounts: Float64Array;
  readonly #starts: Uint32Array;
  /** How many symbols a word has now. */
  readonly #lengths: Int32Array;
  /** All words' symbols; a word keeps its place while it shrinks. */
  readonly #symbols: Int32Array;
  readonly #pairs = new PairTable();
  #pairCounts = new Float64Array(1024);
  /** Words in which a pair appeared since the queue was last fed. */
  #newWords = new Int32Array(1024).fill(NO_LIST);
  readonly #appeared: number[] = [];
  readonly #lists = new WordLists();
  readonly #queue = new MergeQueue();
  readonly #tokens = new ByteSpanTable();
  /** The last place of a pair's merge in `#merges`. */
  readonly #rankOfPair = new Map<number, number>();
  readonly #merges: number[] = [];
  #counted = 0;
  /** Words in which the last merge is still to be made. */
  #wordsToMerge: number = NO_LIST;

  constructor(words: CountedWords, limits: MergeLimits) {
    this.#limits = limits;
    this.#wordCounts = words.counts;
    this.#starts = words.starts;
    const idOfByte = new Int32Array(256);
    for (const [index, byte] of BYTES_IN_TOKEN_ORDER.entries()) {
      idOfByte[byte] = limits.specialTokens + index;
      this.#tokens.add(BYTES_IN_TOKEN_ORDER, index, index + 1);
    }
    this.#symbols = new Int32Array(words.bytes.length);
    for (let i = 0; i < this.#symbols.length; i++) this.#symbols[i] = idOfByte[words.bytes[i]!]!;
    this.#lengths = new Int32Array(words.counts.length);
    for (let i = 0; i < this.#lengths.length; i++) this.#lengths[i] = words.starts[i + 1]! - words.starts[i]!;
  }

  /** How many tokens there are, special ones included. */
  get vocabularySize(): number {
    return this.#limits.specialTokens + this.#tokens.size;
  }

  /** Counts the pairs of the next words; false when there are none left. To be called until then before `step`. */
  countNext(words: number): boolean {
    const end = Math.min(this.#counted + words, this.#lengths.length);
    for (let word = this.#counted; word < end; word++) this.#countPairs(word);
    this.#counted = end;
    if (end < this.#lengths.length) return true;
    this.#queueAppeared();
    return false;
  }

  /** Merges the next pair, or goes on with it in some more words; false when there is no more to learn. */
  step(): boolean {
    if (this.#wordsToMerge === NO_LIST && !this.#chooseNext()) return false;
    this.#mergeInSomeWords();
    if (this.#wordsToMerge === NO_LIST) this.#queueAppeared();
    return true;
  }

  /** What was learnt; a pair that was merged twice (its parts can be made in several ways) counts at its later place. */
  merges(): Merges {
    const kept = new Set(this.#rankOfPair.values());
    const all = this.#merges;
    return Int32Array.from(all.filter((_, index) => kept.has(Math.floor(index / 3))));
  }

  #countPairs(word: number): void {
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    const count = this.#wordCounts[word]!;
    for (let i = start; i + 1 < end; i++) this.#appear(this.#symbols[i]!, this.#symbols[i + 1]!, word, count);
  }

  /** False when the vocabulary is full or no pair is frequent enough. */
  #chooseNext(): boolean {
    const queue = this.#queue;
    if (this.vocabularySize >= this.#limits.vocabularySize) return false;
    for (;;) {
      if (queue.size === 0) return false;
      const count = this.#pairCounts[queue.topPair()]!;
      if (count === queue.topCount()) break;
      queue.recountTop(count);
    }
    if (queue.topCount() < Math.max(1, this.#limits.minFrequency)) return false;
    this.#wordsToMerge = queue.topWords();
    this.#addMerge(queue.topPair());
    queue.removeTop();
    return true;
  }

  #addMerge(pair: number): void {
    const left = this.#pairs.leftOf(pair);
    const right = this.#pairs.rightOf(pair);
    this.#rankOfPair.set(pair, this.#merges.length / 3);
    this.#merges.push(left, right, this.#tokenOf(left, right));
  }

  #mergeInSomeWords(): void {
    const [left, right, made] = this.#merges.slice(-3) as [number, number, number];
    let node = this.#wordsToMerge;
    for (let words = 0; words < WORDS_PER_STEP && node !== NO_LIST; words++) {
      this.#mergeIn(this.#lists.wordAt(node), left, right, made);
      node = this.#lists.release(node);
    }
    this.#wordsToMerge = node;
  }

  /** The id of the joined token, a new one if no other pair has made it before. */
  #tokenOf(left: number, right: number): number {
    const { bytes, starts } = this.#tokens;
    const first = left - this.#limits.specialTokens;
    const second = right - this.#limits.specialTokens;
    const joined = [
      ...bytes.subarray(starts[first], starts[first + 1]),
      ...bytes.subarray(starts[second], starts[second + 1]),
    ];
    return this.#limits.specialTokens + this.#tokens.add(Uint8Array.from(joined), 0, joined.length);
  }

  #mergeIn(word: number, left: number, right: number, made: number): void {
    const symbols = this.#symbols;
    const start = this.#starts[word]!;
    const end = start + this.#lengths[word]!;
    const count = this.#wordCounts[word]!;
    let write = start;
    for (let read = start; read < end; write++) {
      if (symbols[read] !== left || read + 1 === end || symbols[read + 1] !== right) {
        symbols[write] = symbols[read++]!;
        continue;
      }
      symbols[write] = made;
      read += 2;
      if (write > start) {
        this.#disappear(symbols[write - 1]!, left, count);
        this.#appear(symbols[write - 1]!, made, word, count);
      }
      if (read < end) {
        this.#disappear(right, symbols[read]!, count);
        this.#appear(made, symbols[read]!, word, count);
      }
    }
    this.#lengths[word] = write - start;
  }

  #disappear(left: number, right: number, count: number): void {
    this.#pairCounts[this.#pairOf(left, right)]! -= count;
  }

  #appear(left: number, right: number, word: number, count: number): void {
    const pair = this.#pairOf(left, right);
    this.#pairCounts[pair]! += count;
    const list = this.#newWords[pair]!;
    if (list === NO_LIST) this.#appeared.push(pair);
    else if (this.#lists.wordAt(list) === word) return;
    this.#newWords[pair] = this.#lists.prepend(list, word);
  }

  #pairOf(left: number, right: number): number {
    const pair = this.#pairs.add(left, right);
    if (pair === this.#pairCounts.length) this.#growPairs();
    return pair;
  }

  #growPairs(): void {
    const size = this.#pairCounts.length;
    this.#pairCounts = grown(this.#pairCounts, size * 2);
    this.#newWords = grown(this.#newWords, size * 2).fill(NO_LIST, size);
  }

  #queueAppeared(): void {
    for (const pair of this.#appeared) {
      const [count, words] = [this.#pairCounts[pair]!, this.#newWords[pair]!];
      this.#newWords[pair] = NO_LIST;
      const [left, right] = [this.#pairs.leftOf(pair), this.#pairs.rightOf(pair)];
      if (count > 0) this.#queue.push({ pair, left, right, count, words });
    }
    this.#appeared.length = 0;
  }
}
