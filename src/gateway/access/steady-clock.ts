import { uptime } from 'node:os';

/** Where a clock gets its time from, milliseconds. */
export interface ClockSources {
  /** Since 1970; may be set back and forth by whoever administers the machine. */
  wallMs(): number;
  /** Since some moment; never stepped. */
  monotonicMs(): number;
}

/** How much faster or slower than real time it may run while it follows a step, as a share. */
const FOLLOW_RATE = 0.1;
/** Differences that are the jitter of two clocks and no step. */
const STEP_MS = 2000;
const REPORT_AGAIN_MS = 3_600_000;

/**
 * Time since 1970 that never jumps and never runs back: the machine's clock when the process started plus what has passed since.
 * When the machine's clock is stepped it is followed slowly, so that a step neither opens a new budget nor holds one shut.
 */
export class SteadyClock {
  readonly #sources: ClockSources;
  readonly #onStep: (byMs: number) => void;
  #steadyMs: number;
  #lastMonotonicMs: number;
  #reportedAt = -Infinity;

  constructor(options: { sources?: ClockSources; onStep?: (byMs: number) => void } = {}) {
    this.#sources = options.sources ?? machineClock();
    this.#onStep = options.onStep ?? ((): void => undefined);
    this.#steadyMs = this.#sources.wallMs();
    this.#lastMonotonicMs = this.#sources.monotonicMs();
  }

  /** Milliseconds since 1970. */
  now(): number {
    const monotonicMs = this.#sources.monotonicMs();
    const passedMs = Math.max(0, monotonicMs - this.#lastMonotonicMs);
    this.#lastMonotonicMs = monotonicMs;
    const aheadMs = this.#sources.wallMs() - (this.#steadyMs + passedMs);
    const mostMs = passedMs * FOLLOW_RATE;
    this.#steadyMs += passedMs + Math.min(mostMs, Math.max(-mostMs, aheadMs));
    if (Math.abs(aheadMs) > STEP_MS) this.#report(aheadMs, monotonicMs);
    return this.#steadyMs;
  }

  /** Never steps; for ages and pauses. */
  monotonicMs(): number {
    return this.#sources.monotonicMs();
  }

  #report(aheadMs: number, nowMs: number): void {
    if (nowMs - this.#reportedAt < REPORT_AGAIN_MS) return;
    this.#reportedAt = nowMs;
    this.#onStep(aheadMs);
  }
}

/** The monotonic clock stands still while a machine sleeps; its uptime does not, and so says how long that was. */
function machineClock(): ClockSources {
  const CHECK_MS = 1000;
  let sleptMs = 0;
  let checkedAt = -Infinity;
  const baseMs = uptime() * 1000 - performance.now();
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => {
      const runningMs = performance.now();
      if (runningMs - checkedAt >= CHECK_MS) {
        checkedAt = runningMs;
        const differenceMs = uptime() * 1000 - runningMs - baseMs;
        // Uptime counts whole seconds on some systems.
        if (differenceMs > sleptMs + 2 * CHECK_MS) sleptMs = differenceMs;
      }
      return runningMs + sleptMs;
    },
  };
}
