import { expect, test } from 'vitest';
import type { OpenStores } from './open-stores.ts';

const day = { counter: 'key_1/usd', window: '2026-11-24' };

/** Counters that hold under concurrency. */
export function allowanceConformance(stores: OpenStores): void {
  test('grants what is wanted, then what is left, then nothing', async () => {
    const { allowances } = stores.store;
    const take = (wanted: number, least: number): Promise<number> =>
      allowances.take({ ...day, wanted, least, limit: 10 });
    expect(await allowances.used(day)).toBe(0);
    expect(await take(6, 1)).toBe(6);
    expect(await take(6, 5)).toBe(0);
    expect(await take(6, 4)).toBe(4);
    expect(await take(6, 0)).toBe(0);
    expect(await allowances.used(day)).toBe(10);
  });

  test('grants what is left, or nothing, at the very first', async () => {
    const { allowances } = stores.store;
    expect(await allowances.take({ ...day, wanted: 20, least: 5, limit: 10.5 })).toBe(10.5);
    const other = { counter: 'key_2/usd', window: '2026-11-24' };
    expect(await allowances.take({ ...other, wanted: 20, least: 11, limit: 10.5 })).toBe(0);
    expect(await allowances.used(other)).toBe(0);
  });

  test('takes nothing when the limit has become smaller than what is used', async () => {
    const { allowances } = stores.store;
    await allowances.take({ ...day, wanted: 8, least: 8, limit: 10 });
    expect(await allowances.take({ ...day, wanted: 1, least: 0, limit: 5 })).toBe(0);
    expect(await allowances.used(day)).toBe(8);
  });

  test('gets back what was not needed, never more than was taken', async () => {
    const { allowances } = stores.store;
    await allowances.take({ ...day, wanted: 8, least: 8, limit: 10 });
    await allowances.giveBack({ ...day, amount: 3.5 });
    expect(await allowances.used(day)).toBe(4.5);
    await allowances.giveBack({ ...day, amount: 100 });
    expect(await allowances.used(day)).toBe(0);
    await allowances.giveBack({ counter: 'unknown', window: '2026', amount: 1 });
    expect(await allowances.used({ counter: 'unknown', window: '2026' })).toBe(0);
  });

  test('counts each counter and window for itself', async () => {
    const { allowances } = stores.store;
    const windows = [day, { ...day, window: '2026-11-25' }, { ...day, counter: 'key_2/usd' }];
    for (const one of windows) {
      expect(await allowances.take({ ...one, wanted: 10, least: 10, limit: 10 })).toBe(10);
    }
  });

  test('never grants more than the limit to connections that ask at once', async () => {
    const { store } = stores;
    const other = await stores.open();
    const results = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        (index % 2 === 0 ? store : other).allowances.take({ ...day, wanted: 7, least: 3, limit: 1001 }),
      ),
    );
    expect(results.filter((granted) => granted === 7)).toHaveLength(143);
    expect(results.reduce((sum, granted) => sum + granted, 0)).toBe(1001);
    expect(await store.allowances.used(day)).toBe(1001);
  });

  test('forgets windows that were over at a time, never the one without end', async () => {
    const { allowances } = stores.store;
    const over = ['2025', '2026-10', '2026-11-23', '2026-11-24T10', '2026-11-24T10:04Z'];
    const running = ['2026', '2026-11', '2026-11-24', '2026-11-24T11', '2026-11-24T11:05Z', 'ever'];
    for (const window of [...over, ...running]) {
      await allowances.take({ ...day, window, wanted: 1, least: 1, limit: 1 });
    }
    expect(await allowances.deleteBefore('2026-11-24T11:05:30.000Z')).toBe(over.length);
    for (const window of running) expect(await allowances.used({ ...day, window })).toBe(1);
    for (const window of over) expect(await allowances.used({ ...day, window })).toBe(0);
  });
}
