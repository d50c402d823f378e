import { localCrew, threadCrew, type Crew } from '../../util/crew.ts';
import type { NormaliserName } from './normaliser.ts';
import { TrainingBench, type TrainingRequests } from './training-bench.ts';

/** In UTF-16 units. With less text, starting threads takes longer than two of them save. */
const THREADS_FROM = 32_000_000;
const BATCH_UNITS = 400_000;

/** Where the counting is done. */
export interface TextCounterOptions {
  normaliser: NormaliserName;
  workers: number;
  /** UTF-16 units from which threads are used. */
  threadsFrom?: number | undefined;
  signal?: AbortSignal | undefined;
  onBatch?: ((texts: number) => void) | undefined;
}

/** Counts the pre-tokens of texts, in this process while they are few, then in threads. */
export class TextCounter {
  texts = 0;
  readonly #options: TextCounterOptions;
  #crew: Crew<TrainingRequests>;
  #held: string[][] = [];
  #pending: string[] = [];
  #pendingUnits = 0;
  #heldUnits = 0;
  #working: Promise<unknown>[] = [];
  #turn = 0;

  constructor(options: TextCounterOptions) {
    this.#options = options;
    this.#crew = localCrew<TrainingRequests>(new TrainingBench(), options.signal);
  }

  /** Adds a text; resolves when there is room for the next, at once when nothing is returned. */
  add(text: string): Promise<void> | undefined {
    this.texts++;
    this.#pending.push(text);
    this.#pendingUnits += text.length;
    return this.#pendingUnits < BATCH_UNITS ? undefined : this.#flush();
  }

  /** The crew whose first member holds all words, when every text is counted. */
  async finish(): Promise<Crew<TrainingRequests>> {
    this.#held.push(this.#takePending());
    await this.#dispatchHeld();
    await Promise.all(this.#working);
    for (let member = 1; member < this.#crew.size; member++) {
      const words = await this.#crew.ask(member, 'takeWords', null);
      const buffers = [words.bytes, words.starts, words.counts].map(({ buffer }) => buffer as ArrayBuffer);
      await this.#crew.ask(0, 'addWords', words, buffers);
    }
    return this.#crew;
  }

  close(): Promise<void> {
    return this.#crew.close();
  }

  async #flush(): Promise<void> {
    this.#heldUnits += this.#pendingUnits;
    this.#held.push(this.#takePending());
    this.#options.signal?.throwIfAborted();
    if (this.#options.workers > 1 && this.#crew.size === 1) {
      if (this.#heldUnits < (this.#options.threadsFrom ?? THREADS_FROM)) return;
      this.#staffUp();
    }
    await this.#dispatchHeld();
    this.#options.onBatch?.(this.texts);
  }

  #takePending(): string[] {
    const texts = this.#pending;
    this.#pending = [];
    this.#pendingUnits = 0;
    return texts;
  }

  #staffUp(): void {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#crew = threadCrew({
      worker: new URL(`./training-worker.${extension}`, import.meta.url),
      size: this.#options.workers,
      signal: this.#options.signal,
    });
  }

  async #dispatchHeld(): Promise<void> {
    for (const texts of this.#held.splice(0)) {
      const { normaliser } = this.#options;
      const done = this.#crew.ask(this.#turn++ % this.#crew.size, 'count', { normaliser, texts });
      // A failure is reported where the work is awaited.
      done.catch(() => undefined);
      this.#working.push(done);
      if (this.#working.length >= 2 * this.#crew.size) await this.#working.shift();
    }
  }
}
