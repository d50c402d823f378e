import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { KeyLimit } from '../../src/schema/api-key.ts';
import type { AllowanceStore } from '../../src/store/store.ts';
import { callUntilSpent, keyWith, Ledger, replicaOver, seeded } from './budget-replicas.ts';
import { SteppedClock } from './stepped-clock.ts';

const CASES: [what: KeyLimit['what'], most: number, largest: number, replicas: number][] = [
  ['requests', 40, 1, 2],
  ['requests', 1500, 1, 3],
  ['tokens', 300_000, 2500, 3],
  ['usd', 0.000_05, 900, 2],
  ['tokens', 5000, 4000, 3],
];

/** Simulated callers at several processes of one store: never above a limit, and all of it is used. */
export function describeManyCallers(
  where: string,
  open: () => Promise<AllowanceStore>,
  seeds: readonly number[] = [1, 2, 3],
): void {
  describe(`many callers ${where}`, () => {
    test.each(CASES)(
      'never use more %s than %d, and all of it (calls of up to %d, %d processes)',
      async (...facts) => {
        for (const seed of seeds) await simulate(open, seed, facts);
      },
    );
  });
}

async function simulate(
  open: () => Promise<AllowanceStore>,
  seed: number,
  [what, most, largest, count]: (typeof CASES)[number],
): Promise<void> {
  const random = seeded(seed);
  const clock = new SteppedClock();
  const key = keyWith([{ what, per: 'day', most }], `key_${what}_${most}_${seed}`);
  const units = what === 'usd' ? Math.round(most * 1e9) : most;
  const stores = await Promise.all(Array.from({ length: count }, open));
  const replicas = stores.map((allowances) => replicaOver(allowances, key, clock));
  const ledger = new Ledger();
  const wait = async (): Promise<void> => {
    clock.pass(300);
    await Promise.all(replicas.map(({ budget, now }) => budget.tick(now())));
    await turn();
  };
  const amount = (): number => {
    clock.pass(1);
    return 1 + random(largest);
  };
  const use = (reserved: number): number => (what === 'requests' ? reserved : random(reserved + 1));
  const callers = replicas.flatMap((replica) =>
    Array.from({ length: 8 }, () =>
      callUntilSpent({ replica, ledger, random, amount, use, wait, mostCalls: 20_000 }),
    ),
  );
  const last = await Promise.all(callers);
  expect(ledger.peak).toBeLessThanOrEqual(units);
  expect(last.every(({ denial }) => denial.why === 'spent')).toBe(true);
  // Whoever was refused needed at most `largest` more.
  expect(ledger.used).toBeGreaterThan(units - largest);
  if (what === 'requests') expect(ledger.used).toBe(units);
  await Promise.all(replicas.map(({ budget }) => budget.close()));
  const counter = { counter: `${key.id}/${what}/day`, window: '2026-11-24' };
  expect(await stores[0]!.used(counter)).toBe(ledger.used);
  expect(await stores[0]!.used({ ...counter, counter: `${counter.counter}/used` })).toBe(ledger.used);
}
