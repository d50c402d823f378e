import type { Pause, Workbench } from '../../util/crew.ts';
import { WordCounter, type CountedWords } from './counted-words.ts';
import { MergeLearner, type MergeLimits, type Merges } from './merge-learner.ts';
import { normaliserOf, type NormaliserName } from './normaliser.ts';
import { preTokenEnd } from './pre-tokenizer.ts';
import { TextBytes } from './text-bytes.ts';

/** What can be asked of a workbench: first to count, then, of one of them, to learn. */
export interface TrainingRequests {
  count: { request: { normaliser: NormaliserName; texts: readonly string[] }; response: null };
  /** The words counted so far; the bench starts again without any. */
  takeWords: { request: null; response: CountedWords };
  addWords: { request: CountedWords; response: null };
  /** Makes the words counted so far ready to learn from. */
  prepare: { request: MergeLimits; response: { distinctWords: number } };
  /** Learns for some steps of the learner; `more` says whether any are left. */
  learn: { request: { steps: number }; response: { tokens: number; more: boolean } };
  takeMerges: { request: null; response: Merges };
}

const BYTES_AT_ONCE = 2 ** 16;
const WORDS_AT_ONCE = 1000;

/** One worker's share of training a tokenizer. */
export class TrainingBench implements Workbench<TrainingRequests> {
  #counter = new WordCounter();
  #learner: MergeLearner | undefined;

  async count({ normaliser, texts }: TrainingRequests['count']['request'], pause: Pause): Promise<null> {
    const normalise = normaliserOf(normaliser);
    const memory = new TextBytes();
    for (const text of texts) {
      const end = memory.write(normalise(text));
      for (let start = 0; start < end;) {
        start = this.#countSome(memory.bytes, start, end);
        const turn = pause();
        if (turn !== undefined) await turn;
      }
    }
    return null;
  }

  takeWords(): CountedWords {
    const words = this.#counter.words();
    this.#counter = new WordCounter();
    return words;
  }

  addWords(words: CountedWords): null {
    this.#counter.addAll(words);
    return null;
  }

  async prepare(limits: MergeLimits, pause: Pause): Promise<{ distinctWords: number }> {
    const words = this.takeWords();
    this.#learner = new MergeLearner(words, limits);
    while (this.#learner.countNext(WORDS_AT_ONCE)) await pause();
    return { distinctWords: words.counts.length };
  }

  async learn(
    { steps }: TrainingRequests['learn']['request'],
    pause: Pause,
  ): Promise<TrainingRequests['learn']['response']> {
    const learner = this.#prepared();
    for (let step = 0; step < steps; step++) {
      if (!learner.step()) return { tokens: learner.vocabularySize, more: false };
      const turn = pause();
      if (turn !== undefined) await turn;
    }
    return { tokens: learner.vocabularySize, more: true };
  }

  takeMerges(): Merges {
    return this.#prepared().merges();
  }

  /** Counts pre-tokens until they make up some bytes, and returns where the next one starts. */
  #countSome(bytes: Uint8Array, from: number, end: number): number {
    const until = Math.min(end, from + BYTES_AT_ONCE);
    let start = from;
    while (start < until) {
      const next = preTokenEnd(bytes, start, end);
      this.#counter.add(bytes, start, next);
      start = next;
    }
    return start;
  }

  #prepared(): MergeLearner {
    if (this.#learner === undefined) throw new Error('nothing is prepared to learn from');
    return this.#learner;
  }
}
