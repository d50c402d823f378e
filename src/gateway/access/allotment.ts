import type { AllowanceStore } from '../../store/store.ts';
import type { BudgetWindow } from './budget-window.ts';
import type { StoreWatch } from './leased-value.ts';

/** Why an amount was not granted. */
export type Denial =
  /** Really used up; `used` is what was. */
  | { readonly why: 'spent'; readonly used: number }
  /** What is missing is held by calls under way or by other replicas, and some of it may come back. */
  | { readonly why: 'held'; readonly used: number }
  /** More than the whole limit. */
  | { readonly why: 'too-much' }
  /** The store does not answer and what this process holds is used up. */
  | { readonly why: 'away' };

/** What all allotments of a process share. */
export interface AllotmentContext {
  readonly allowances: AllowanceStore;
  readonly watch: StoreWatch;
  monotonicMs(): number;
  /** For how long what is held ahead should last, milliseconds. */
  readonly leaseMs: number;
}

interface Waiting {
  readonly amount: number;
  readonly nowMs: number;
  resolve(denial: Denial | null): void;
}

/** Longest wait for the store: a call that can be answered late is better than one that is refused. */
const WAIT_MS = 5000;
/** A process holds at most this share of what is left. */
const HELD_SHARE = 0.25;
/**
 * And at least this one while its key is in use, so that an outage or a burst finds something. Less of a long window, since what a process holds when
 * it is killed is lost until the window ends.
 */
const LEAST_SHARE_SHORT = 0.1;
const LEAST_SHARE_LONG = 0.01;
const LONG_MS = 3_600_000;
/** For how long a `held` denial is repeated without asking again. */
const HELD_AGAIN_MS = 250;
/** How often what was used is told to the store while there is plenty left. */
const PUBLISH_MS = 5000;
/** Below this share of the limit replicas tell each other every second. */
const SCARCE = 0.1;
/** Weight of the last second in the rate of use. */
const RATE_WEIGHT = 0.3;
/** Takes that follow each other faster than this take ahead, each time twice as much. */
const BURST_MS = 1000;
/** Reserve for the lease, since use varies. */
const LEASE_SPARE = 1.25;
/** Below this share of what should be held more is taken, above its inverse some goes back. */
const TOLERANCE = 0.9;
/** While there is more left than this share, others' use is looked at with every `PUBLISH_MS` only. */
const AMPLE = 0.25;

/**
 * What one process holds of one limit in one window. It takes from the counter that all replicas share and spends in memory;
 * the less is left, the less it holds ahead, and near the limit nothing. All amounts are whole numbers.
 */
export class Allotment {
  readonly window: BudgetWindow;
  /** When it may be used, milliseconds since 1970. */
  readonly startsAt: number;
  readonly #context: AllotmentContext;
  readonly #counter: string;
  readonly #limit: number;
  readonly #leastShare: number;
  /** Taken from the shared counter and neither reserved nor used; below 0 when calls used more than their worst case. */
  #free = 0;
  #reserved = 0;
  #used = 0;
  #published = 0;
  #publishedAt: number;
  /** What all replicas had taken when it was last looked at; null: never. */
  #taken: number | null = null;
  #usedUntilTick = 0;
  #ratePerMs: number;
  #largest = 0;
  #burst = 0;
  #lastTakeAt = -Infinity;
  #lookedAt = -Infinity;
  #lastReserveAt: number;
  #lastTickAt: number;
  #waiting: Waiting[] = [];
  #serving = false;
  #ticking: Promise<void> | null = null;
  /** Amounts above this are refused until the window ends. */
  #spentAbove = Infinity;
  #usedByAll = 0;
  #held = { until: -Infinity, from: Infinity };

  constructor(
    context: AllotmentContext,
    facts: { counter: string; limit: number; window: BudgetWindow; startsAt: number; ratePerMs: number },
  ) {
    this.#context = context;
    this.#counter = facts.counter;
    this.#limit = facts.limit;
    this.window = facts.window;
    this.startsAt = facts.startsAt;
    this.#leastShare = facts.window.endsAt - facts.startsAt > LONG_MS ? LEAST_SHARE_LONG : LEAST_SHARE_SHORT;
    this.#ratePerMs = facts.ratePerMs;
    this.#lastTickAt = this.#lastReserveAt = this.#publishedAt = context.monotonicMs();
  }

  /** How fast calls use it up, for the next window. */
  get ratePerMs(): number {
    return this.#ratePerMs;
  }

  /** Whether nothing is under way and nothing is held that should go back. */
  get isSettled(): boolean {
    return this.#reserved === 0 && this.#free === 0 && this.#used === this.#published && !this.#serving;
  }

  /** The same, and nobody used it for a lease's time. */
  get isIdleAndSettled(): boolean {
    return this.isSettled && this.#isIdle();
  }

  /** Whether an amount is at hand; nothing is taken yet. */
  has(amount: number): boolean {
    return this.#free >= amount && this.#waiting.length === 0;
  }

  /** Takes an amount that is at hand. */
  reserve(amount: number): void {
    this.#free -= amount;
    this.#reserved += amount;
    this.#lastReserveAt = this.#context.monotonicMs();
    if (amount > this.#largest) this.#largest = amount;
  }

  /** Ends a reservation: what was not used is free again. */
  settle(amount: number, used: number): void {
    this.#reserved -= amount;
    this.#free += amount - used;
    this.#used += used;
  }

  /** What is known without asking anybody: a denial that still holds, or null. */
  knownDenial(amount: number): Denial | null {
    if (amount > this.#limit) return { why: 'too-much' };
    if (amount > this.#spentAbove) return { why: 'spent', used: this.#usedByAll };
    const { until, from } = this.#held;
    if (amount >= from && this.#context.monotonicMs() < until) return { why: 'held', used: this.#usedByAll };
    return null;
  }

  /** Takes an amount, from the shared counter if need be; null when it is reserved. */
  acquire(amount: number, nowMs: number): Promise<Denial | null> {
    return new Promise((resolve) => {
      this.#waiting.push({ amount, nowMs, resolve });
      if (!this.#serving) void this.#serve();
    });
  }

  /** Serves who waits, in order. Never throws. */
  async #serve(): Promise<void> {
    this.#serving = true;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      if (this.#free >= first.amount) {
        this.#waiting.shift();
        this.reserve(first.amount);
        first.resolve(null);
        continue;
      }
      const denial = this.knownDenial(first.amount) ?? (await this.#takeFor(first));
      if (denial === null) continue;
      this.#waiting.shift();
      first.resolve(denial);
    }
    this.#serving = false;
  }

  /** Takes what the first in the line lacks, with what the others will and some ahead; null when it is there. */
  async #takeFor({ amount, nowMs }: Waiting): Promise<Denial | null> {
    if (!this.#context.watch.mayAsk()) return { why: 'away' };
    try {
      this.#taken ??= await this.#lookUp();
      // While the store was asked calls may have ended and given theirs back.
      const least = amount - this.#free;
      if (least <= 0) return null;
      const others = this.#waiting.reduce((sum, one) => sum + one.amount, -amount);
      this.#speedUp(amount);
      const ahead = this.#aheadOf(this.#limit - this.#taken - least - others, nowMs);
      await this.#take(least + others + ahead, least);
      return this.#free >= amount ? null : await this.#whyNot(amount);
    } catch {
      return { why: 'away' };
    }
  }

  #speedUp(amount: number): void {
    const nowMs = this.#context.monotonicMs();
    if (nowMs - this.#lastTakeAt < BURST_MS) this.#burst = Math.max(4 * amount, 2 * this.#burst);
    this.#lastTakeAt = nowMs;
  }

  /** Tells a budget that is used up from one that others hold. */
  async #whyNot(amount: number): Promise<Denial | null> {
    await this.#publish();
    this.#usedByAll = await this.#ask(() => this.#context.allowances.used(this.#usedCounter()));
    if (this.#free >= amount) return null;
    if (this.#usedByAll + amount > this.#limit) {
      this.#spentAbove = Math.max(0, this.#limit - this.#usedByAll);
      return { why: 'spent', used: this.#usedByAll };
    }
    this.#held = { until: this.#context.monotonicMs() + HELD_AGAIN_MS, from: amount };
    return { why: 'held', used: this.#usedByAll };
  }

  /**
   * About once a second: learns what others took, takes ahead what the lease will need, gives back what is too much. `isOver`:
   * all of it goes back. Never throws; with the store away it does nothing.
   */
  tick(isOver: boolean, nowMs: number): Promise<void> {
    return (this.#ticking ??= this.#tick(isOver, nowMs).finally(() => {
      this.#ticking = null;
    }));
  }

  /** After the last call: everything goes back. Does not throw; with the store away what is held is lost until the window ends. */
  async close(): Promise<void> {
    await this.#ticking;
    await this.#tick(true, 0);
  }

  /** Takes ahead for a window that has not begun, at the rate of the one before. Never throws. */
  async prepare(ratePerMs: number): Promise<void> {
    this.#ratePerMs = ratePerMs;
    this.#lastReserveAt = this.#lastTickAt = this.#context.monotonicMs();
    const left = this.#limit - (this.#taken ?? 0) + this.#free;
    const isEnough = this.#taken !== null && this.#free >= this.#aheadOf(left, this.startsAt) * TOLERANCE;
    if (isEnough || !this.#mayAsk()) return;
    try {
      await this.#adjust(false, this.startsAt);
    } catch {
      // The watch knows that the store is away; the next tick tries again.
    }
  }

  async #tick(isOver: boolean, nowMs: number): Promise<void> {
    const wasUsed = this.#measureRate();
    const goesBack = isOver || this.#isIdle();
    try {
      if (this.#free < 0 && this.#mayAsk()) await this.#force();
      const isHeld = this.#free > 0 && (goesBack || this.#isTimeToLook());
      if ((isHeld || (wasUsed && !goesBack)) && this.#mayAsk()) await this.#adjust(goesBack, nowMs);
      if (this.#used > this.#published && (goesBack || this.#isTimeToPublish()) && this.#mayAsk())
        await this.#publish();
    } catch {
      // The watch knows that the store is away; the next tick tries again.
    }
  }

  /** Whether anything was used since the last time. */
  #measureRate(): boolean {
    const nowMs = this.#context.monotonicMs();
    const passedMs = nowMs - this.#lastTickAt;
    if (passedMs <= 0) return false;
    const news = this.#used - this.#usedUntilTick;
    this.#ratePerMs += RATE_WEIGHT * (news / passedMs - this.#ratePerMs);
    this.#burst = Math.floor(this.#burst / 2);
    this.#usedUntilTick = this.#used;
    this.#lastTickAt = nowMs;
    return news > 0;
  }

  /** The look before shows that the store is there: what is lost on the way to it is lost until the window ends. */
  async #adjust(goesBack: boolean, nowMs: number): Promise<void> {
    this.#taken = await this.#lookUp();
    if (this.#waiting.length > 0) return;
    if (goesBack) return this.#release(this.#free);
    // What this process has free counts as left, or it would give back only to take again.
    const target = this.#aheadOf(this.#limit - this.#taken + this.#free, nowMs);
    if (this.#free < target * TOLERANCE) await this.#take(target - this.#free, 1);
    else if (this.#free * TOLERANCE > target) await this.#release(this.#free - target);
  }

  /** What to hold ahead when so much is left: enough for the lease at the present rate, and never more than a share. */
  #aheadOf(left: number, nowMs: number): number {
    const wanted = Math.max(this.#wantedAhead(nowMs), left * this.#leastShare);
    return Math.max(0, Math.floor(Math.min(wanted, left * HELD_SHARE)));
  }

  #wantedAhead(nowMs: number): number {
    const lastsMs = Math.min(this.#context.leaseMs, this.window.endsAt - nowMs);
    const forLease = this.#ratePerMs * lastsMs * LEASE_SPARE;
    return Math.max(this.#burst, forLease < 1 ? 0 : forLease + this.#largest);
  }

  #mayAsk(): boolean {
    return this.#context.watch.mayAsk();
  }

  #isTimeToLook(): boolean {
    const isAmple = this.#taken !== null && this.#limit - this.#taken > this.#limit * AMPLE;
    return !isAmple || this.#context.monotonicMs() - this.#lookedAt >= PUBLISH_MS;
  }

  #lookUp(): Promise<number> {
    this.#lookedAt = this.#context.monotonicMs();
    return this.#ask(() => this.#context.allowances.used(this.#shared()));
  }

  #isIdle(): boolean {
    return (
      this.#waiting.length === 0 && this.#context.monotonicMs() - this.#lastReserveAt > this.#context.leaseMs
    );
  }

  #isTimeToPublish(): boolean {
    const isScarce = this.#taken !== null && this.#limit - this.#taken < this.#limit * SCARCE;
    return isScarce || this.#context.monotonicMs() - this.#publishedAt >= PUBLISH_MS;
  }

  async #take(wanted: number, least: number): Promise<void> {
    const wish = { ...this.#shared(), wanted, least, limit: this.#limit };
    await this.#ask(() => this.#context.allowances.take(wish).then((granted) => this.#gain(granted)));
  }

  /** What calls used beyond their worst case counts, whatever is left. */
  async #force(): Promise<void> {
    const missing = -this.#free;
    const wish = { ...this.#shared(), wanted: missing, least: missing, limit: Number.MAX_SAFE_INTEGER };
    await this.#ask(() => this.#context.allowances.take(wish).then((granted) => this.#gain(granted)));
  }

  /** Also when the answer comes after its time. */
  #gain(granted: number): void {
    this.#free += granted;
    if (this.#taken !== null) this.#taken += granted;
  }

  /** What does not arrive is lost until the window ends: to spend it after all could be to spend it twice. */
  async #release(amount: number): Promise<void> {
    const whole = Math.floor(amount);
    if (whole <= 0) return;
    this.#free -= whole;
    await this.#ask(() => this.#context.allowances.giveBack({ ...this.#shared(), amount: whole }));
    if (this.#taken !== null) this.#taken -= whole;
  }

  /** Adds what was used since to the counter that tells used from held. */
  async #publish(): Promise<void> {
    const news = this.#used - this.#published;
    this.#publishedAt = this.#context.monotonicMs();
    if (news <= 0) return;
    const wish = { ...this.#usedCounter(), wanted: news, least: news, limit: Number.MAX_SAFE_INTEGER };
    this.#published += news;
    await this.#ask(() =>
      this.#context.allowances.take(wish).catch((error: unknown) => {
        this.#published -= news;
        throw error;
      }),
    );
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    return this.#context.watch.ask(question, WAIT_MS);
  }

  #shared(): { counter: string; window: string } {
    return { counter: this.#counter, window: this.window.name };
  }

  #usedCounter(): { counter: string; window: string } {
    return { counter: usedCounterOf(this.#counter), window: this.window.name };
  }
}

/** Counts what was really used, where the other counter has what was taken ahead too. */
export function usedCounterOf(counter: string): string {
  return `${counter}/used`;
}
