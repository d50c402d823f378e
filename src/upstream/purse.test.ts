import { describe, expect, test } from 'vitest';
import { purseOf } from './purse.ts';

describe('a purse', () => {
  test('lends up to its limit, and again what comes back', async () => {
    const purse = purseOf(1);
    const first = await purse.reserve(0.6);
    const waiting = purse.reserve(0.6);
    const state = await Promise.race([waiting, Promise.resolve('waiting')]);
    expect(state).toBe('waiting');
    first(0.1);
    (await waiting)(0.2);
    expect(purse.spentUsd).toBeCloseTo(0.3, 12);
    await expect(purse.reserve(0.71)).rejects.toThrow(/budget of \$1.00.*\$0.30 spent.*up to \$0.71/);
  });

  test('settles once, and at the worst case when the cost stays unknown', async () => {
    const purse = purseOf(1);
    const settle = await purse.reserve(0.4);
    settle(null);
    settle(0.1);
    expect(purse.spentUsd).toBe(0.4);
  });

  test('refuses at once what it can never pay, and what has no price', async () => {
    const purse = purseOf(0);
    await expect(purse.reserve(0.01)).rejects.toMatchObject({
      code: 'upstream/budget-spent',
      kind: 'refused',
    });
    await expect(purse.reserve(null)).rejects.toMatchObject({ code: 'upstream/no-price', kind: 'refused' });
    (await purse.reserve(0))(0);
    expect(purse.spentUsd).toBe(0);
  });

  test('is never overdrawn by many at once', async () => {
    const purse = purseOf(1);
    const spend = async (): Promise<void> => {
      const settle = await purse.reserve(0.09);
      await new Promise((resolve) => setTimeout(resolve, 1));
      settle(0.03);
    };
    const results = await Promise.allSettled(Array.from({ length: 60 }, spend));
    const paid = results.filter(({ status }) => status === 'fulfilled').length;
    expect(purse.spentUsd).toBeCloseTo(paid * 0.03, 9);
    expect(purse.spentUsd).toBeLessThanOrEqual(1);
    expect(paid).toBe(31);
  });
});
