import { setImmediate as turn } from 'node:timers/promises';
import { type DeniedLimit, KeyBudget, type Reservation } from '../../src/gateway/access/key-budget.ts';
import { StoreWatch } from '../../src/gateway/access/leased-value.ts';
import type { ApiKey, KeyLimit } from '../../src/schema/api-key.ts';
import type { AllowanceStore } from '../../src/store/store.ts';
import type { SteppedClock } from './stepped-clock.ts';

/** A key with limits, as it is stored. */
export function keyWith(limits: KeyLimit[], id = 'key_test'): ApiKey {
  return {
    id,
    name: 'test',
    hash: '',
    role: 'call',
    tasks: null,
    limits,
    createdAt: '2026-11-01T00:00:00.000Z',
    expiresAt: null,
    revokedAt: null,
  };
}

/** One process's budget of a key. */
export interface Replica {
  budget: KeyBudget;
  now(): number;
}

export function replicaOver(
  allowances: AllowanceStore,
  key: ApiKey,
  clock: SteppedClock,
  { leaseMs = 60_000 } = {},
): Replica {
  const steady = clock.steady();
  const monotonicMs = (): number => clock.monotonicMs();
  const budget = new KeyBudget({ allowances, watch: new StoreWatch(monotonicMs), leaseMs, monotonicMs }, key);
  return { budget, now: () => steady.now() };
}

/** What all replicas together have done. */
export class Ledger {
  used = 0;
  reserved = 0;
  peak = 0;
  calls = 0;
  refusals = 0;

  take(amount: number): void {
    this.calls += 1;
    this.reserved += amount;
    this.peak = Math.max(this.peak, this.used + this.reserved);
  }

  settle(amount: number, used: number): void {
    this.reserved -= amount;
    this.used += used;
  }
}

/** Random numbers that are the same in every run. */
export function seeded(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state =
      Math.imul(state ^ (state >>> 15), 2_246_822_519) ^ Math.imul(state ^ (state >>> 13), 3_266_489_917);
    state = (state + 0x9e3779b9) | 0;
    return (state >>> 0) % below;
  };
}

/** Amounts of every unit, since one limit decides. */
export function amounts(amount: number): { requests: number; tokens: number; usd: number } {
  return { requests: amount, tokens: amount, usd: amount };
}

/** Calls one after the other until the budget is really spent; waits out what others hold. Returns the last refusal. */
export async function callUntilSpent(options: {
  replica: Replica;
  ledger: Ledger;
  random: (below: number) => number;
  /** The worst case of the next call. */
  amount: () => number;
  /** Of a worst case, what is really used. */
  use: (amount: number) => number;
  /** Time passes until another try makes sense. */
  wait: () => Promise<void>;
  mostCalls: number;
}): Promise<DeniedLimit> {
  const { replica, ledger, random, amount, use, wait, mostCalls } = options;
  for (let call = 0; call < mostCalls; call++) {
    const most = amount();
    const reserved = await replica.budget.reserve(amounts(most), replica.now());
    if ('limit' in reserved) {
      ledger.refusals += 1;
      if (reserved.denial.why !== 'held') return reserved;
      await wait();
      continue;
    }
    ledger.take(most);
    await between(random);
    finish(reserved, { most, used: use(most), ledger });
  }
  throw new Error(`not spent after ${mostCalls} calls`);
}

function finish(
  reserved: Reservation,
  { most, used, ledger }: { most: number; used: number; ledger: Ledger },
): void {
  ledger.settle(most, used);
  reserved.settle(amounts(used));
}

/** The time that a call takes, in turns of the event loop. */
async function between(random: (below: number) => number): Promise<void> {
  for (let count = random(4); count > 0; count--) await turn();
}
