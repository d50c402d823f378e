import { type ClockSources, SteadyClock } from '../../src/gateway/access/steady-clock.ts';

/** Clocks that a test moves by hand. */
export class SteppedClock implements ClockSources {
  #wall: number;
  #monotonic = 1000;

  constructor(at = '2026-11-24T10:00:00.000Z') {
    this.#wall = Date.parse(at);
  }

  wallMs = (): number => this.#wall;
  monotonicMs = (): number => this.#monotonic;

  /** Time passes. */
  pass(ms: number): void {
    this.#wall += ms;
    this.#monotonic += ms;
  }

  /** Somebody sets the machine's clock. */
  step(ms: number): void {
    this.#wall += ms;
  }

  steady(onStep?: (byMs: number) => void): SteadyClock {
    return new SteadyClock({ sources: this, ...(onStep === undefined ? {} : { onStep }) });
  }
}
