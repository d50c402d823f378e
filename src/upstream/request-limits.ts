import { TokenBucket } from './token-bucket.ts';

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Lets calls through at most so many at a time and so many a minute, in the order they asked. */
export class RequestLimits {
  readonly #concurrency: number;
  readonly #bucket: TokenBucket;
  readonly #queue: (() => void)[] = [];
  #active = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(limits: { concurrency: number; requestsPerMinute: number }) {
    this.#concurrency = limits.concurrency;
    this.#bucket = new TokenBucket(limits.requestsPerMinute);
  }

  /** Resolves when the call may start, with the function that says it ended. Rejects when aborted. */
  enter(signal?: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const start = (): void => {
        signal?.removeEventListener('abort', abandon);
        resolve(this.#leaveOnce());
      };
      const abandon = (): void => {
        const place = this.#queue.indexOf(start);
        if (place >= 0) this.#queue.splice(place, 1);
        this.#pump();
        reject(signal!.reason as Error);
      };
      signal?.addEventListener('abort', abandon, { once: true });
      this.#queue.push(start);
      this.#pump();
    });
  }

  /** No call starts before this time (`performance.now()`): the provider asked for a pause. */
  pauseUntil(timeMs: number): void {
    this.#bucket.pauseUntil(timeMs);
  }

  #leaveOnce(): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#active -= 1;
      this.#pump();
    };
  }

  #pump(): void {
    clearTimeout(this.#timer);
    while (this.#queue.length > 0 && this.#active < this.#concurrency) {
      const delayMs = this.#bucket.take();
      if (delayMs > 0) {
        this.#timer = setTimeout(() => this.#pump(), Math.min(Math.ceil(delayMs), LONGEST_TIMER_MS));
        return;
      }
      this.#active += 1;
      this.#queue.shift()!();
    }
  }
}
