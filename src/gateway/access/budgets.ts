import type { ApiKey } from '../../schema/api-key.ts';
import type { AllowanceStore } from '../../store/store.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Admission } from '../gatekeeper.ts';
import { budgetAdmission, type MostUsed } from './budget-admission.ts';
import { limitRefusal, unpricedRefusal } from './budget-refusals.ts';
import type { CallPrices } from './call-prices.ts';
import { type Amounts, type DeniedLimit, KeyBudget, type Reservation, UNITS_PER_USD } from './key-budget.ts';
import type { StoreWatch } from './leased-value.ts';
import type { SteadyClock } from './steady-clock.ts';

/** What budgets are kept with. */
export interface BudgetsOptions {
  allowances: AllowanceStore;
  watch: StoreWatch;
  clock: SteadyClock;
  leaseMs: number;
  prices: CallPrices;
  /** How often held amounts are looked after, milliseconds. Default 1,000; 0: only when told to. */
  tickMs?: number;
}

/** A call and all who may answer it. */
export interface BudgetedCall {
  readonly facts: CallFacts;
  readonly targets: readonly string[];
  /** What own models among them ask in turn. */
  readonly asked: readonly string[];
}

interface MutableMost {
  input: number;
  output: number;
  usd: number;
}

const FORGET_MS = 3_600_000;
/** Windows that were over for longer than this are forgotten; a month has 31 days. */
const KEEP_MS = 40 * 86_400_000;

/** The limits of all keys that call this process. */
export class Budgets {
  readonly #options: BudgetsOptions;
  readonly #byKey = new Map<string, KeyBudget>();
  readonly #timer: NodeJS.Timeout | undefined;
  #forgetAt: number;

  constructor(options: BudgetsOptions) {
    this.#options = options;
    const { tickMs = 1000, clock } = options;
    this.#forgetAt = clock.monotonicMs() + FORGET_MS * Math.random();
    if (tickMs === 0) return;
    this.#timer = setInterval(() => void this.tick(), tickMs);
    this.#timer.unref();
  }

  /** Reserves a call's worst case. Without a promise when it is at hand. Throws the 429, 403 or 503. */
  admit(key: ApiKey, call: BudgetedCall): Admission | Promise<Admission> {
    const budget = this.#budgetOf(key);
    const most = this.#mostOf(key, budget, call);
    const nowMs = this.#options.clock.now();
    const reserved = budget.reserve(most.amounts, nowMs);
    if (reserved instanceof Promise) return reserved.then((one) => admitted(one, key, most, nowMs));
    return admitted(reserved, key, most, nowMs);
  }

  /** Looks after what is held. Never throws. */
  async tick(): Promise<void> {
    const nowMs = this.#options.clock.now();
    await Promise.all(
      [...this.#byKey].map(async ([id, budget]) => {
        await budget.tick(nowMs);
        if (budget.isIdle) this.#byKey.delete(id);
      }),
    );
    await this.#forgetWindows(nowMs);
  }

  /** Gives back what is held. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all([...this.#byKey.values()].map((budget) => budget.close()));
  }

  #budgetOf(key: ApiKey): KeyBudget {
    let budget = this.#byKey.get(key.id);
    if (budget === undefined) {
      const { allowances, watch, clock, leaseMs } = this.#options;
      budget = new KeyBudget({ allowances, watch, leaseMs, monotonicMs: () => clock.monotonicMs() }, key);
      this.#byKey.set(key.id, budget);
    }
    return budget;
  }

  /** Of the dearest target. */
  #mostOf(key: ApiKey, budget: KeyBudget, { facts, targets, asked }: BudgetedCall): MostUsed {
    const { prices } = this.#options;
    const most: MutableMost = { input: 0, output: 0, usd: 0 };
    for (const target of targets) enlarge(most, prices.mostOf(target, facts), { key, budget, target });
    for (const target of asked) enlarge(most, prices.mostAsked(target, facts), { key, budget, target });
    const { input, output, usd } = most;
    const amounts: Amounts = { requests: 1, tokens: input + output, usd: Math.ceil(usd * UNITS_PER_USD) };
    return { amounts, input, output };
  }

  async #forgetWindows(nowMs: number): Promise<void> {
    const { clock, watch, allowances } = this.#options;
    if (clock.monotonicMs() < this.#forgetAt || !watch.mayAsk()) return;
    this.#forgetAt = clock.monotonicMs() + FORGET_MS;
    const at = new Date(nowMs - KEEP_MS).toISOString();
    await watch.ask(() => allowances.deleteBefore(at), 10_000).catch(() => undefined);
  }
}

function enlarge(
  most: MutableMost,
  { tokens, usd }: ReturnType<CallPrices['mostOf']>,
  { key, budget, target }: { key: ApiKey; budget: KeyBudget; target: string },
): void {
  if (tokens.input + tokens.output > most.input + most.output) Object.assign(most, tokens);
  if (usd !== null) most.usd = Math.max(most.usd, usd);
  else if (budget.countsUsd) throw unpricedRefusal(key.id, target);
}

function admitted(
  reserved: Reservation | DeniedLimit,
  key: ApiKey,
  most: MostUsed,
  nowMs: number,
): Admission {
  if ('settle' in reserved) return budgetAdmission(reserved, most);
  const needed = most.amounts[reserved.limit.what] ?? 0;
  throw limitRefusal(reserved, { key: key.id, needed, nowMs });
}
