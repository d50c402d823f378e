import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amounts, keyWith, replicaOver } from '../../../test/support/budget-replicas.ts';
import { describeManyCallers } from '../../../test/support/many-callers.ts';
import { SteppedClock } from '../../../test/support/stepped-clock.ts';
import type { KeyLimit } from '../../schema/api-key.ts';
import { openSqliteStore } from '../../store/sqlite/sqlite-store.ts';
import type { AllowanceStore, Store } from '../../store/store.ts';
import type { DeniedLimit, Reservation } from './key-budget.ts';

let directory: string;
let stores: Store[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-budget-'));
  stores = [];
});
afterEach(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await rm(directory, { recursive: true, force: true });
});

/** One more connection to the same database. */
async function open(): Promise<AllowanceStore> {
  const store = await openSqliteStore(join(directory, 'store.db'));
  stores.push(store);
  return store.allowances;
}

const requests = (most: number, per: KeyLimit['per'] = 'day'): KeyLimit => ({ what: 'requests', per, most });

async function granted(result: ReturnType<Reserve>): Promise<Reservation> {
  const reserved = await result;
  if ('limit' in reserved) throw new Error(`refused: ${reserved.denial.why}`);
  return reserved;
}

async function denied(result: ReturnType<Reserve>): Promise<DeniedLimit> {
  const reserved = await result;
  if (!('limit' in reserved)) throw new Error('not refused');
  return reserved;
}

type Reserve = ReturnType<typeof replicaOver>['budget']['reserve'];

describe('a limit', () => {
  test('is exact for one process, and says when it works again', async () => {
    const clock = new SteppedClock('2026-11-24T10:00:15.000Z');
    const { budget, now } = replicaOver(await open(), keyWith([requests(10, 'minute')]), clock);
    for (let call = 0; call < 10; call++)
      (await granted(budget.reserve(amounts(1), now()))).settle(amounts(1));
    const { denial, windowEndsAt } = await denied(budget.reserve(amounts(1), now()));
    expect(denial).toEqual({ why: 'spent', used: 10 });
    expect(new Date(windowEndsAt).toISOString()).toBe('2026-11-24T10:01:00.000Z');
    clock.pass(45_000);
    await granted(budget.reserve(amounts(1), now()));
  });

  test('counts the worst case of calls under way, and gives back what they did not need', async () => {
    const clock = new SteppedClock();
    const { budget, now } = replicaOver(
      await open(),
      keyWith([{ what: 'tokens', per: 'day', most: 1000 }]),
      clock,
    );
    const first = await granted(budget.reserve(amounts(700), now()));
    expect((await denied(budget.reserve(amounts(400), now()))).denial.why).toBe('held');
    first.settle(amounts(100));
    clock.pass(300);
    const second = await granted(budget.reserve(amounts(900), now()));
    second.settle(amounts(900));
    expect((await denied(budget.reserve(amounts(1), now()))).denial).toEqual({ why: 'spent', used: 1000 });
  });

  test('counts what a call used beyond its worst case, once and for all', async () => {
    const clock = new SteppedClock();
    const allowances = await open();
    const key = keyWith([requests(100)]);
    const { budget, now } = replicaOver(allowances, key, clock);
    (await granted(budget.reserve(amounts(10), now()))).settle(amounts(95));
    await budget.tick(now());
    expect(await allowances.used({ counter: 'key_test/requests/day', window: '2026-11-24' })).toBe(95);
    expect((await denied(budget.reserve(amounts(6), now()))).denial.why).toBe('spent');
  });

  test('is one of several: all of them hold, and a refusal takes nothing of the others', async () => {
    const clock = new SteppedClock();
    const limits: KeyLimit[] = [
      { what: 'requests', per: 'minute', most: 5 },
      { what: 'tokens', per: 'hour', most: 1000 },
      { what: 'usd', per: 'month', most: 0.000_01 },
    ];
    const { budget, now } = replicaOver(await open(), keyWith(limits), clock);
    const call = (tokens: number, usd: number): ReturnType<Reserve> =>
      budget.reserve({ requests: 1, tokens, usd }, now());
    for (let count = 0; count < 3; count++)
      (await granted(call(300, 10))).settle({ requests: 1, tokens: 300, usd: 10 });
    expect((await denied(call(300, 10))).limit.what).toBe('tokens');
    expect((await denied(call(1, 9990))).limit.what).toBe('usd');
    for (let count = 0; count < 2; count++)
      (await granted(call(1, 1))).settle({ requests: 1, tokens: 1, usd: 1 });
    expect((await denied(call(1, 1))).limit.what).toBe('requests');
  });

  test('larger than the whole limit is told at once', async () => {
    const clock = new SteppedClock();
    const { budget, now } = replicaOver(await open(), keyWith([requests(5)]), clock);
    expect(budget.reserve(amounts(6), now())).toMatchObject({ denial: { why: 'too-much' } });
  });

  test('is kept in memory once a key is in use: most calls ask nobody', async () => {
    const clock = new SteppedClock();
    const allowances = await open();
    let questions = 0;
    const counted: AllowanceStore = {
      ...allowances,
      take: (wish) => (questions++, allowances.take(wish)),
      used: (one) => (questions++, allowances.used(one)),
    };
    const { budget, now } = replicaOver(counted, keyWith([requests(1_000_000)]), clock);
    let promises = 0;
    for (let call = 0; call < 20_000; call++) {
      clock.pass(1);
      const reserved = budget.reserve(amounts(1), now());
      if (reserved instanceof Promise) promises++;
      (await granted(reserved)).settle(amounts(1));
      if (call % 1000 === 0) await budget.tick(now());
    }
    expect(promises).toBeLessThan(20);
    expect(questions).toBeLessThan(100);
  });

  test('that was refused does not ask the store again and again', async () => {
    const clock = new SteppedClock();
    const allowances = await open();
    let questions = 0;
    const take: AllowanceStore['take'] = (wish) => (questions++, allowances.take(wish));
    const { budget, now } = replicaOver({ ...allowances, take }, keyWith([requests(3)]), clock);
    for (let call = 0; call < 3; call++)
      (await granted(budget.reserve(amounts(1), now()))).settle(amounts(1));
    await denied(budget.reserve(amounts(1), now()));
    const before = questions;
    for (let call = 0; call < 100; call++) expect(budget.reserve(amounts(1), now())).toHaveProperty('denial');
    expect(questions).toBe(before);
  });

  test('given back at close and after idle time is there for others', async () => {
    const clock = new SteppedClock();
    const key = keyWith([requests(1000)]);
    const counter = { counter: 'key_test/requests/day', window: '2026-11-24' };
    const allowances = await open();
    const use = async ({ budget, now }: ReturnType<typeof replicaOver>): Promise<void> => {
      for (let call = 0; call < 50; call++) {
        clock.pass(5);
        (await granted(budget.reserve(amounts(1), now()))).settle(amounts(1));
      }
      await budget.tick(now());
    };
    const first = replicaOver(allowances, key, clock);
    const second = replicaOver(await open(), key, clock);
    await use(first);
    await use(second);
    expect(await allowances.used(counter)).toBeGreaterThan(100);
    await first.budget.close();
    clock.pass(61_000);
    await second.budget.tick(second.now());
    expect(await allowances.used(counter)).toBe(100);
    expect(second.budget.isIdle).toBe(true);
  });
});

describeManyCallers('of one SQLite file', open);
