/** How long values live, milliseconds. */
export interface LeaseTimes {
  /** Up to this age a value is taken as it is. */
  freshMs: number;
  /** Up to this age it is still taken, and asked for again meanwhile. */
  staleMs: number;
  /** How long it is taken while the store does not answer. */
  leaseMs: number;
  /** The longest wait for the store. */
  waitMs: number;
}

/** Whether the store answers, as all values that come from it see it. */
export class StoreWatch {
  readonly #monotonicMs: () => number;
  readonly #news: StoreNews;
  /** When it was first found away; null while it answers. */
  #awaySince: number | null = null;
  #askAgainAt = 0;

  constructor(monotonicMs: () => number, news: StoreNews = () => undefined) {
    this.#monotonicMs = monotonicMs;
    this.#news = news;
  }

  get awaySince(): number | null {
    return this.#awaySince;
  }

  /** Whether a question is worth its wait: an absent store is asked by one call at a time, every half second. */
  mayAsk(): boolean {
    if (this.#awaySince === null) return true;
    const nowMs = this.#monotonicMs();
    if (nowMs < this.#askAgainAt) return false;
    this.#askAgainAt = nowMs + ASK_AGAIN_MS;
    return true;
  }

  /** Asks the store. Throws what it throws, or `StoreTimeout`; either means that it is away. */
  async ask<T>(question: () => Promise<T>, waitMs: number): Promise<T> {
    try {
      const answer = await within(question(), waitMs);
      if (this.#awaySince !== null) this.#news(null);
      this.#awaySince = null;
      return answer;
    } catch (error) {
      const nowMs = this.#monotonicMs();
      if (this.#awaySince === null) this.#news({ error });
      this.#awaySince ??= nowMs;
      this.#askAgainAt = nowMs + ASK_AGAIN_MS;
      throw error;
    }
  }
}

/** Is told why the store is away, and null when it is back. */
export type StoreNews = (away: { error: unknown } | null) => void;

const ASK_AGAIN_MS = 500;

/** The store took too long. */
class StoreTimeout extends Error {
  constructor(waitMs: number) {
    super(`the store did not answer within ${waitMs} ms`);
    this.name = 'StoreTimeout';
  }
}

async function within<T>(promise: Promise<T>, waitMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StoreTimeout(waitMs)), waitMs);
  });
  // An answer that fails after its time must not end the process.
  promise.catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * A value of the store that is at hand without a wait while it is in use: asked for again before it gets too old, and kept
 * for a stated time when the store goes away.
 */
export class LeasedValue<T> {
  readonly #ask: () => Promise<T>;
  readonly #watch: StoreWatch;
  readonly #times: LeaseTimes;
  readonly #monotonicMs: () => number;
  #value: { readonly is: T; readonly at: number } | null = null;
  #asking: Promise<T> | null = null;

  constructor(options: {
    ask: () => Promise<T>;
    watch: StoreWatch;
    times: LeaseTimes;
    monotonicMs: () => number;
  }) {
    this.#ask = options.ask;
    this.#watch = options.watch;
    this.#times = options.times;
    this.#monotonicMs = options.monotonicMs;
  }

  /** Without a promise while it is young. Throws (or rejects) when the store is away and the lease is over. */
  get(): T | Promise<T> {
    const value = this.#value;
    if (value === null) return this.#first();
    const ageMs = this.#monotonicMs() - value.at;
    if (ageMs <= this.#times.freshMs) return value.is;
    if (this.#watch.awaySince !== null) return this.#whileAway(value);
    const asking = this.#askOnce();
    if (ageMs > this.#times.staleMs) return asking.catch((cause: unknown) => this.#leased(value, cause));
    asking.catch(() => undefined);
    return value.is;
  }

  #first(): Promise<T> {
    if (!this.#watch.mayAsk()) throw new LeaseOver();
    return this.#askOnce();
  }

  #whileAway(value: { readonly is: T; readonly at: number }): T | Promise<T> {
    if (!this.#watch.mayAsk()) return this.#leased(value);
    const asking = this.#askOnce();
    if (!this.#holds(value.at)) return asking;
    asking.catch(() => undefined);
    return value.is;
  }

  #askOnce(): Promise<T> {
    this.#asking ??= this.#askNow().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #askNow(): Promise<T> {
    // As old as the question, not as the answer: what the store said may have changed while it travelled.
    const at = this.#monotonicMs();
    const is = await this.#watch.ask(this.#ask, this.#times.waitMs);
    this.#value = { is, at };
    return is;
  }

  #leased({ is, at }: { is: T; at: number }, cause?: unknown): T {
    if (this.#holds(at)) return is;
    throw new LeaseOver(cause);
  }

  /** What was known within the lease before the store went away holds for the lease after that. */
  #holds(at: number): boolean {
    const { leaseMs } = this.#times;
    const awaySince = this.#watch.awaySince;
    if (awaySince === null) return true;
    return awaySince - at <= leaseMs && this.#monotonicMs() - awaySince <= leaseMs;
  }
}

/** The store has been away for longer than what was known may be trusted. */
class LeaseOver extends Error {
  constructor(cause?: unknown) {
    super('the store has been away for longer than the lease', { cause });
    this.name = 'LeaseOver';
  }
}
