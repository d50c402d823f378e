import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { amounts, keyWith, type Replica, replicaOver } from '../../../test/support/budget-replicas.ts';
import { SteppedClock } from '../../../test/support/stepped-clock.ts';
import { StoreWithOutages } from '../../../test/support/store-with-outages.ts';
import type { KeyLimit } from '../../schema/api-key.ts';
import { windowAt } from './budget-window.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let store: StoreWithOutages;
let clock: SteppedClock;
beforeEach(async () => {
  store = await StoreWithOutages.open();
  clock = new SteppedClock('2026-11-24T10:00:00.000Z');
});
afterEach(() => store.close());

const replica = (limit: KeyLimit): Replica => replicaOver(store.allowances, keyWith([limit]), clock);

/** One call of 1; whether it was granted, or why not. */
async function call({ budget, now }: Replica): Promise<string> {
  const reserved = await budget.reserve(amounts(1), now());
  if ('limit' in reserved) return reserved.denial.why;
  reserved.settle(amounts(1));
  return 'granted';
}

/** Calls while time passes, as fast as they are granted: how many were. */
async function grantedWithin(one: Replica, ms: number, everyMs: number): Promise<number> {
  let granted = 0;
  for (let passed = 0; passed < ms; passed += everyMs) {
    clock.pass(everyMs);
    if (passed % 1000 === 0) await one.budget.tick(one.now());
    if ((await call(one)) === 'granted') granted++;
  }
  return granted;
}

describe('windows', () => {
  test.each([
    ['minute', '2026-11-24T10:05:59.999Z', '2026-11-24T10:05Z', '2026-11-24T10:06:00.000Z'],
    ['hour', '2026-11-24T10:05:59.999Z', '2026-11-24T10', '2026-11-24T11:00:00.000Z'],
    ['day', '2026-11-24T23:59:59.999Z', '2026-11-24', '2026-11-25T00:00:00.000Z'],
    ['month', '2026-12-31T23:59:59.999Z', '2026-12', '2027-01-01T00:00:00.000Z'],
    ['month', '2028-02-29T00:00:00.000Z', '2028-02', '2028-03-01T00:00:00.000Z'],
  ] as const)('of a %s', (per, at, name, end) => {
    const window = windowAt(per, Date.parse(at));
    expect(window.name).toBe(name);
    expect(new Date(window.endsAt).toISOString()).toBe(end);
    expect(windowAt(per, window.endsAt).name).not.toBe(name);
  });

  test('without end', () => expect(windowAt('ever', 0)).toEqual({ name: 'ever', endsAt: Infinity }));

  test('follow each other, each with the whole limit, also while calls end in the next one', async () => {
    const one = replica({ what: 'requests', per: 'minute', most: 30 });
    const late = await one.budget.reserve(amounts(10), one.now());
    if ('limit' in late) throw new Error('refused');
    expect(await grantedWithin(one, 59_000, 500)).toBe(20);
    clock.pass(1000);
    late.settle(amounts(10));
    expect(await grantedWithin(one, 59_000, 500)).toBe(30);
    const counter = { counter: 'key_test/requests/minute', window: '2026-11-24T10:00Z' };
    expect(await store.allowances.used(counter)).toBe(30);
  });
});

describe('a clock that is set', () => {
  test.each([
    ['minute', MINUTE],
    ['hour', HOUR],
    ['day', DAY],
    ['month', 31 * DAY],
  ] as const)('forward and back by a %s frees nothing', async (per, step) => {
    const one = replica({ what: 'requests', per, most: 20 });
    for (let count = 0; count < 20; count++) expect(await call(one)).toBe('granted');
    for (const by of [step, -step, 3 * step, -3 * step]) {
      clock.step(by);
      clock.pass(100);
      await one.budget.tick(one.now());
      expect(await call(one)).toBe('spent');
    }
  });

  test('forward for good speeds a minute up by a tenth, no more', async () => {
    const one = replica({ what: 'requests', per: 'minute', most: 10 });
    clock.step(365 * DAY);
    expect(await grantedWithin(one, 10 * MINUTE, 250)).toBeLessThanOrEqual(120);
  });

  test.each([-MINUTE, -HOUR, -365 * DAY])('back by %d ms locks nobody out', async (step) => {
    const one = replica({ what: 'requests', per: 'minute', most: 10 });
    for (let count = 0; count < 10; count++) await call(one);
    expect(await call(one)).toBe('spent');
    clock.step(step);
    const granted = await grantedWithin(one, 10 * MINUTE, 250);
    expect(granted).toBeGreaterThanOrEqual(80);
    expect(granted).toBeLessThanOrEqual(100);
  });

  test('says when a limit works again by what time really passes', async () => {
    const one = replica({ what: 'requests', per: 'hour', most: 1 });
    await call(one);
    clock.step(7 * DAY);
    const denied = await one.budget.reserve(amounts(1), one.now());
    expect('limit' in denied && denied.windowEndsAt - one.now()).toBe(HOUR);
  });
});

describe('while the store is away', () => {
  /** A key that has been in use for some time. */
  async function inUse(limit: KeyLimit): Promise<Replica> {
    const one = replica(limit);
    await grantedWithin(one, 90_000, 200);
    return one;
  }

  test.each([
    ['minute', 0.1],
    ['day', 0.01],
  ] as const)('a key in use goes on for the lease (per %s), then runs out', async (per, share) => {
    const one = await inUse({ what: 'requests', per, most: 20_000 });
    store.away = 'fails';
    // As fast as before: 60 seconds with 5 calls each.
    expect(await grantedWithin(one, 60_000, 200)).toBe(300);
    let after = 0;
    while ((await call(one)) === 'granted') after++;
    expect(after).toBeLessThanOrEqual(20_000 * share + 150);
    expect(await call(one)).toBe('away');
    store.away = false;
    clock.pass(1000);
    expect(await call(one)).toBe('granted');
  });

  test('nothing is granted beyond what was taken before, and all of it is counted after', async () => {
    const limit: KeyLimit = { what: 'requests', per: 'day', most: 2000 };
    const one = await inUse(limit);
    const other = replica(limit);
    store.away = 'fails';
    let granted = 450;
    while ((await call(one)) === 'granted') granted++;
    expect(await call(other)).toBe('away');
    store.away = false;
    clock.pass(1000);
    for (let tries = 0; tries < 5000; tries++) {
      const answer = await call(tries % 2 === 0 ? one : other);
      if (answer === 'granted') granted++;
      if (answer === 'spent') break;
      clock.pass(300);
      await Promise.all([one, other].map(({ budget, now }) => budget.tick(now())));
    }
    expect(granted).toBe(2000);
  });

  test('a key that was not in use is told so at once', async () => {
    store.away = 'fails';
    expect(await call(replica({ what: 'requests', per: 'day', most: 10 }))).toBe('away');
  });

  test('what is used then is told to the store when it is back', async () => {
    const one = await inUse({ what: 'requests', per: 'day', most: 100_000 });
    store.away = 'fails';
    const during = await grantedWithin(one, 30_000, 200);
    store.away = false;
    clock.pass(1000);
    await one.budget.close();
    const counter = { counter: 'key_test/requests/day', window: '2026-11-24' };
    expect(await store.allowances.used(counter)).toBe(450 + during);
    expect(await store.allowances.used({ ...counter, counter: `${counter.counter}/used` })).toBe(
      450 + during,
    );
  });
});
