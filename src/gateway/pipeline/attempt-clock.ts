import type { ServingConfig } from '../../schema/serving-config.ts';

export type Expiry = 'first-content-timeout' | 'stalled' | 'whole-timeout';

/** Watches the times of one attempt with a single timer: parts only note when they came. */
export class AttemptClock {
  readonly #limits: Pick<ServingConfig, 'firstContentMs' | 'betweenPartsMs' | 'wholeMs'>;
  readonly #onExpire: (code: Expiry) => void;
  readonly #startedAt: number = performance.now();
  #timer: NodeJS.Timeout | null;
  #hearing: NodeJS.Immediate | null = null;
  /** When the last part came; null: none is expected. */
  #lastPartAt: number | null = null;
  #waitsForContent: boolean;
  #isPaused = false;

  /** `isStream`: content is expected at once, not the whole answer. */
  constructor(
    limits: Pick<ServingConfig, 'firstContentMs' | 'betweenPartsMs' | 'wholeMs'>,
    { isStream, onExpire }: { isStream: boolean; onExpire: (code: Expiry) => void },
  ) {
    this.#limits = limits;
    this.#onExpire = onExpire;
    this.#waitsForContent = isStream;
    const first = isStream ? Math.min(limits.firstContentMs, limits.wholeMs) : limits.wholeMs;
    this.#timer = setTimeout(() => this.#look(), first);
  }

  /** Content came: from now on parts are expected. */
  content(): void {
    this.#waitsForContent = false;
    this.part();
  }

  part(): void {
    if (this.#isPaused) return;
    const isFirst = this.#lastPartAt === null;
    this.#lastPartAt = performance.now();
    if (isFirst && !this.#waitsForContent) this.#arm();
  }

  /** The client does not read, so nothing can be expected from the target. */
  pause(): void {
    this.#isPaused = true;
    this.#lastPartAt = null;
  }

  resume(): void {
    this.#isPaused = false;
    this.part();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#hearing !== null) clearImmediate(this.#hearing);
    this.#timer = null;
  }

  #look(): void {
    if (this.#late(performance.now()) === null) return this.#arm();
    // When this process was busy for long, what the target sent in time is still to be read.
    this.#hearing = setImmediate(() => {
      const late = this.#late(performance.now());
      if (late === null) return this.#arm();
      this.stop();
      this.#onExpire(late);
    });
  }

  #late(now: number): Expiry | null {
    // Timers may fire up to a millisecond early.
    const { firstContentMs, betweenPartsMs, wholeMs } = this.#limits;
    const isOver = (since: number, ms: number): boolean => now - since >= ms - 1;
    if (isOver(this.#startedAt, wholeMs)) return 'whole-timeout';
    if (this.#waitsForContent)
      return isOver(this.#startedAt, firstContentMs) ? 'first-content-timeout' : null;
    return this.#lastPartAt !== null && isOver(this.#lastPartAt, betweenPartsMs) ? 'stalled' : null;
  }

  #arm(): void {
    if (this.#timer === null) return;
    clearTimeout(this.#timer);
    const { firstContentMs, betweenPartsMs, wholeMs } = this.#limits;
    const now = performance.now();
    let at = this.#startedAt + wholeMs;
    if (this.#waitsForContent) at = Math.min(at, this.#startedAt + firstContentMs);
    else if (this.#lastPartAt !== null) at = Math.min(at, this.#lastPartAt + betweenPartsMs);
    this.#timer = setTimeout(() => this.#look(), Math.max(1, at - now));
  }
}
