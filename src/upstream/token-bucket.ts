/** A rate: one token a call, refilled steadily, at most one second's worth (and at least one token) saved up. */
export class TokenBucket {
  readonly #perMs: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs: number;
  #pausedUntilMs = 0;

  constructor(requestsPerMinute: number) {
    this.#perMs = requestsPerMinute / 60_000;
    this.#capacity = Math.max(1, requestsPerMinute / 60);
    this.#tokens = this.#capacity;
    this.#filledAtMs = performance.now();
  }

  /** Takes a token and returns 0, or returns the milliseconds until there is one. */
  take(): number {
    const now = performance.now();
    this.#tokens = Math.min(this.#capacity, this.#tokens + (now - this.#filledAtMs) * this.#perMs);
    this.#filledAtMs = now;
    const missingMs = Math.max(0, 1 - this.#tokens) / this.#perMs;
    const delayMs = Math.max(missingMs, this.#pausedUntilMs - now);
    if (delayMs > 0) return delayMs;
    this.#tokens -= 1;
    return 0;
  }

  /** Gives no token before this time, `performance.now()`. */
  pauseUntil(timeMs: number): void {
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, timeMs);
  }
}
