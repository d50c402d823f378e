import { describe, expect, test } from 'vitest';
import { costOfTokens, mostCostOfTokens, type Price } from './price.ts';

const PRICE: Price = {
  inputPer1mUsd: 2,
  outputPer1mUsd: 10,
  cachedInputPer1mUsd: 0.5,
  reasoningPer1mUsd: 20,
  audioInputPer1mUsd: 30,
  audioOutputPer1mUsd: 60,
};

describe('the cost of tokens', () => {
  test('knows cached, reasoning and audio tokens apart', () => {
    const tokens = {
      input: 1_000_000,
      cachedInput: 200_000,
      audioInput: 100_000,
      output: 500_000,
      reasoning: 100_000,
      audioOutput: 50_000,
    };
    // .7 * 2 + .2 * .5 + .1 * 30 + .35 * 10 + .1 * 20 + .05 * 60
    expect(costOfTokens(PRICE, tokens)).toBeCloseTo(1.4 + 0.1 + 3 + 3.5 + 2 + 3, 12);
  });

  test('takes what was not counted apart, or has no rate of its own, as the rest', () => {
    const plain = { inputPer1mUsd: 2, outputPer1mUsd: 10 };
    expect(costOfTokens(PRICE, { input: 1e6, output: 1e6, cachedInput: null })).toBeCloseTo(12, 12);
    expect(costOfTokens(plain, { input: 1e6, cachedInput: 5e5, output: 1e6, reasoning: 4e5 })).toBeCloseTo(
      12,
      12,
    );
  });

  test('is unknown, not 0, without a price or a count', () => {
    expect(costOfTokens(null, { input: 1, output: 1 })).toBeNull();
    expect(costOfTokens(PRICE, { input: null, output: 1 })).toBeNull();
    expect(costOfTokens(PRICE, { input: 1, output: null })).toBeNull();
    expect(costOfTokens({ inputPer1mUsd: 1, outputPer1mUsd: 0 }, { input: 1e6, output: null })).toBe(1);
    expect(mostCostOfTokens(undefined, { input: 1, output: 1 })).toBeNull();
  });

  test('is never negative, whatever a provider counts', () => {
    expect(
      costOfTokens(PRICE, { input: 10, cachedInput: 50, audioInput: 50, output: 0, reasoning: 9 }),
    ).toBeCloseTo(5e-6, 12);
  });

  const tiered: Price = {
    inputPer1mUsd: 1,
    outputPer1mUsd: 4,
    cachedInputPer1mUsd: 0.1,
    longInput: [{ aboveInputTokens: 200_000, inputPer1mUsd: 2, outputPer1mUsd: 6 }],
    serviceTiers: {
      priority: { inputPer1mUsd: 3, longInput: [{ aboveInputTokens: 200_000, inputPer1mUsd: 5 }] },
      flex: { inputPer1mUsd: 0.5, outputPer1mUsd: 2 },
    },
  };

  test.each([
    ['short input', 200_000, undefined, 0.2 + 4],
    ['long input', 200_001, undefined, 0.400_002 + 6],
    ['priority', 100_000, 'priority', 0.3 + 4],
    ['priority, long', 300_000, 'priority', 1.5 + 4],
    ['flex', 100_000, 'flex', 0.05 + 2],
    ['flex has no step', 300_000, 'flex', 0.15 + 2],
    ['an unknown tier', 100_000, 'default', 0.1 + 4],
  ])('follows the rates of %s', (_what, input, tier, cost) => {
    expect(costOfTokens(tiered, { input, output: 1e6 }, tier)).toBeCloseTo(cost, 9);
  });

  test('is never above the most that such a call can cost', () => {
    let seed = 7;
    const random = (most: number): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % (most + 1);
    };
    for (let round = 0; round < 5000; round++) {
      const input = random(400_000);
      const output = random(100_000);
      const tokens = {
        input,
        cachedInput: random(input),
        audioInput: random(input),
        output,
        reasoning: random(output),
        audioOutput: random(output),
      };
      const most = { input: input + random(100_000), output: output + random(1000) };
      for (const price of [PRICE, tiered])
        for (const tier of [undefined, 'priority', 'flex'])
          expect(costOfTokens(price, tokens, tier)).toBeLessThanOrEqual(
            mostCostOfTokens(price, most, tier)! + 1e-12,
          );
    }
  });
});
