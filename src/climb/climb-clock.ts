/** What is left of a climb's budget, with what earlier, killed attempts of the same climb already used. */
export class ClimbClock {
  readonly #minutes: number;
  readonly #usd: number | null;
  #usedSeconds = 0;
  #usedUsd: number | null = 0;

  constructor(budget: { minutes: number; usd: number | null }) {
    this.#minutes = budget.minutes;
    this.#usd = budget.usd;
  }

  /** Counts a finished step, measured now or read back from an earlier attempt. */
  use(step: { seconds: number; usd: number | null }): void {
    this.#usedSeconds += step.seconds;
    this.#usedUsd = this.#usedUsd === null || step.usd === null ? null : this.#usedUsd + step.usd;
  }

  /** null once a call of unknown price was made. */
  get usd(): number | null {
    return this.#usedUsd;
  }

  /** What a rung may still use; `usd` is null when the task sets no limit. */
  get left(): { minutes: number; usd: number | null } {
    const minutes = Math.max(0, this.#minutes - this.#usedSeconds / 60);
    return {
      minutes,
      usd: this.#usd === null ? null : Math.max(0, this.#usd - (this.#usedUsd ?? this.#usd)),
    };
  }

  get spent(): boolean {
    return this.left.minutes <= 0;
  }
}
