import type { ApiKey, KeyLimit } from '../../schema/api-key.ts';
import type { AllowanceStore } from '../../store/store.ts';
import { Allotment, type AllotmentContext, type Denial, usedCounterOf } from './allotment.ts';
import { windowAt } from './budget-window.ts';

/** What one call uses at most, or has used: whole numbers, money in billionths of a US dollar. */
export interface Amounts {
  readonly requests: number;
  readonly tokens: number;
  /** null: the price is unknown. */
  readonly usd: number | null;
}

/** Billionths: a cheap embedding's token costs about 20 of them. */
export const UNITS_PER_USD = 1e9;

/** A limit that said no. */
export interface DeniedLimit {
  readonly limit: KeyLimit;
  readonly denial: Denial;
  /** Milliseconds since 1970; Infinity for `ever`. */
  readonly windowEndsAt: number;
}

/** Reservations of one call with all limits of its key. */
export interface Reservation {
  settle(used: Amounts): void;
}

/** The limits of one key in this process. */
export class KeyBudget {
  readonly #limits: readonly LimitBudget[];

  constructor(context: AllotmentContext, key: ApiKey) {
    this.#limits = key.limits.map((limit) => new LimitBudget(context, key.id, limit));
  }

  /** Whether money is among the limits. */
  get countsUsd(): boolean {
    return this.#limits.some(({ limit }) => limit.what === 'usd');
  }

  /** Whether nothing is held and nobody calls. */
  get isIdle(): boolean {
    return this.#limits.every((one) => one.isIdle);
  }

  /** Reserves with every limit or with none. Without a promise when all is at hand or a refusal is known. */
  reserve(most: Amounts, nowMs: number): Reservation | DeniedLimit | Promise<Reservation | DeniedLimit> {
    const parts = this.#limits.map((one) => one.partFor(most, nowMs));
    for (const { allotment, amount, budget } of parts) {
      const denial = allotment.knownDenial(amount);
      if (denial !== null && !allotment.has(amount)) return denied(budget, allotment, denial);
    }
    if (!parts.every(({ allotment, amount }) => allotment.has(amount))) return acquireAll(parts, nowMs);
    for (const { allotment, amount } of parts) allotment.reserve(amount);
    return reservationOf(parts);
  }

  /** Upkeep about once a second. Never throws. */
  async tick(nowMs: number): Promise<void> {
    await Promise.all(this.#limits.map((one) => one.tick(nowMs)));
  }

  /** Gives back whatever is held. */
  async close(): Promise<void> {
    await Promise.all(this.#limits.map((one) => one.close()));
  }
}

interface Part {
  readonly budget: LimitBudget;
  readonly allotment: Allotment;
  readonly amount: number;
}

async function acquireAll(parts: readonly Part[], nowMs: number): Promise<Reservation | DeniedLimit> {
  for (const [index, { allotment, amount, budget }] of parts.entries()) {
    const denial = await allotment.acquire(amount, nowMs);
    if (denial === null) continue;
    for (const earlier of parts.slice(0, index)) earlier.allotment.settle(earlier.amount, 0);
    return denied(budget, allotment, denial);
  }
  return reservationOf(parts);
}

function denied(budget: LimitBudget, allotment: Allotment, denial: Denial): DeniedLimit {
  return { limit: budget.limit, denial, windowEndsAt: allotment.window.endsAt };
}

function reservationOf(parts: readonly Part[]): Reservation {
  let isSettled = false;
  return {
    settle: (used) => {
      if (isSettled) return;
      isSettled = true;
      for (const { allotment, amount, budget } of parts) allotment.settle(amount, budget.amountOf(used));
    },
  };
}

/** One limit: the allotment of its present window, the next one's in good time, and those of windows with calls under way. */
class LimitBudget {
  readonly limit: KeyLimit;
  readonly #context: AllotmentContext;
  readonly #counter: string;
  readonly #most: number;
  #current: Allotment | null = null;
  #next: Allotment | null = null;
  #over: Allotment[] = [];

  constructor(context: AllotmentContext, keyId: string, limit: KeyLimit) {
    this.#context = context;
    this.limit = limit;
    this.#counter = counterOf(keyId, limit);
    this.#most = mostOf(limit);
  }

  partFor(amounts: Amounts, nowMs: number): Part {
    return { budget: this, allotment: this.#at(nowMs), amount: this.amountOf(amounts) };
  }

  /** A call of unknown price does not come here when there is a limit on money. */
  amountOf({ requests, tokens, usd }: Amounts): number {
    switch (this.limit.what) {
      case 'requests':
        return requests;
      case 'tokens':
        return tokens;
      case 'usd':
        return usd ?? 0;
    }
  }

  get isIdle(): boolean {
    return this.#current === null && this.#next === null && this.#over.length === 0;
  }

  async tick(nowMs: number): Promise<void> {
    this.#turn(nowMs);
    const current = this.#current;
    await Promise.all([
      ...this.#over.map((one) => one.tick(true, nowMs)),
      ...(current === null ? [] : [current.tick(false, nowMs), this.#prepareNext(current, nowMs)]),
    ]);
    this.#over = this.#over.filter(({ isSettled }) => !isSettled);
    if (this.#current?.isIdleAndSettled === true) this.#current = null;
  }

  async close(): Promise<void> {
    const all = [this.#current, this.#next, ...this.#over].filter((one) => one !== null);
    await Promise.all(all.map((one) => one.close()));
  }

  #at(nowMs: number): Allotment {
    this.#turn(nowMs);
    return (this.#current ??= this.#make(nowMs, 0));
  }

  /** Begins the next window when the present one is over. */
  #turn(nowMs: number): void {
    const current = this.#current;
    if (current !== null && nowMs >= current.window.endsAt) {
      this.#over.push(current);
      this.#current = null;
    }
    const next = this.#next;
    if (next === null || nowMs < next.startsAt) return;
    this.#next = null;
    if (nowMs < next.window.endsAt) this.#current ??= next;
    else this.#over.push(next);
  }

  /** So that the turn of the window finds an allotment, even while the store is away. */
  async #prepareNext(current: Allotment, nowMs: number): Promise<void> {
    const { endsAt } = current.window;
    if (endsAt - nowMs > this.#context.leaseMs || current.ratePerMs === 0) return;
    this.#next ??= this.#make(endsAt, current.ratePerMs);
    await this.#next.prepare(current.ratePerMs);
  }

  #make(atMs: number, ratePerMs: number): Allotment {
    const window = windowAt(this.limit.per, atMs);
    return new Allotment(this.#context, {
      counter: this.#counter,
      limit: this.#most,
      window,
      startsAt: atMs,
      ratePerMs,
    });
  }
}

/** What a limit counts, in the store. */
function counterOf(keyId: string, { what, per }: KeyLimit): string {
  return `${keyId}/${what}/${per}`;
}

/** What was used of a limit in its present window, in the limit's own unit. */
export async function usedOf(
  allowances: AllowanceStore,
  keyId: string,
  limit: KeyLimit,
  nowMs: number,
): Promise<number> {
  const counter = usedCounterOf(counterOf(keyId, limit));
  const units = await allowances.used({ counter, window: windowAt(limit.per, nowMs).name });
  return limit.what === 'usd' ? units / UNITS_PER_USD : units;
}

/** A limit in whole units. */
function mostOf({ what, most }: KeyLimit): number {
  return Math.floor(what === 'usd' ? Math.min(most * UNITS_PER_USD, Number.MAX_SAFE_INTEGER / 4) : most);
}
