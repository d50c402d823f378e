import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { FailedCalls } from './capture-messages.ts';

interface Waiting {
  readonly sequence: number;
  resolve(): void;
  reject(reason: HomegrownError): void;
}

/** Calls whose makers wait until they are on disk. They are settled in the order in which they were taken. */
export class SettledCalls {
  #waiting: Waiting[] = [];
  #first = 0;
  readonly #onAwaited: (isAwaited: boolean) => void;

  /** `onAwaited` is told when the first one begins to wait and when the last one ends. */
  constructor(onAwaited: (isAwaited: boolean) => void) {
    this.#onAwaited = onAwaited;
  }

  wait(sequence: number): Promise<void> {
    if (this.#waiting.length === 0) this.#onAwaited(true);
    return new Promise((resolve, reject) => this.#waiting.push({ sequence, resolve, reject }));
  }

  /** Settles all up to a sequence number. */
  settle(sequence: number, failed: FailedCalls | null): void {
    const lost = new Set(failed?.sequences);
    for (let next = this.#waiting[this.#first]; next !== undefined; next = this.#waiting[this.#first]) {
      if (next.sequence > sequence) break;
      this.#first++;
      if (failed !== null && lost.has(next.sequence)) next.reject(new HomegrownError(failed.failure));
      else next.resolve();
    }
    if (this.#first < 1024 && this.#first < this.#waiting.length) return;
    this.#waiting = this.#waiting.slice(this.#first);
    this.#first = 0;
    if (this.#waiting.length === 0) this.#onAwaited(false);
  }
}
