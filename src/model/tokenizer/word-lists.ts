import { grown } from './byte-span-table.ts';

const FIRST_NODES = 4096;

/** The end of a list, and an empty list. */
export const NO_LIST = -1;

/** Linked lists of word numbers in one pool; what is freed is used again. */
export class WordLists {
  #words = new Int32Array(FIRST_NODES);
  #next = new Int32Array(FIRST_NODES);
  #used = 0;
  #free: number = NO_LIST;

  wordAt(node: number): number {
    return this.#words[node]!;
  }

  /** The list with a word put in front of it. */
  prepend(list: number, word: number): number {
    const node = this.#newNode();
    this.#words[node] = word;
    this.#next[node] = list;
    return node;
  }

  /** Gives the node back and returns the one after it. */
  release(node: number): number {
    const after = this.#next[node]!;
    this.#next[node] = this.#free;
    this.#free = node;
    return after;
  }

  #newNode(): number {
    const node = this.#free;
    if (node !== NO_LIST) {
      this.#free = this.#next[node]!;
      return node;
    }
    if (this.#used === this.#words.length) {
      this.#words = grown(this.#words, this.#used * 2);
      this.#next = grown(this.#next, this.#used * 2);
    }
    return this.#used++;
  }
}
