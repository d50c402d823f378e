import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { evidenceAbove, evidenceBelow, rateBounds } from './rate-evidence.ts';

describe.each([
  ['above', evidenceAbove],
  ['below', evidenceBelow],
])('evidence %s a limit', (_name, evidence) => {
  test('starts at 1 and is a martingale at the limit, exactly', () => {
    expect(evidence(0.02, { calls: 0, hits: 0 })).toBeCloseTo(1, 12);
    for (const [calls, hits] of [
      [1, 1],
      [50, 0],
      [400, 9],
      [900, 21],
    ] as const) {
      for (const limit of [0.02, 0.05, 0.1]) {
        const now = evidence(limit, { calls, hits });
        const hit = evidence(limit, { calls: calls + 1, hits: hits + 1 });
        const miss = evidence(limit, { calls: calls + 1, hits });
        expect((limit * hit + (1 - limit) * miss) / now).toBeCloseTo(1, 9);
      }
    }
  });
});

test('a model that always fails is seen in two calls, one that is always slow in three', () => {
  expect(evidenceAbove(0.02, { calls: 1, hits: 1 })).toBeLessThan(500);
  expect(evidenceAbove(0.02, { calls: 2, hits: 2 })).toBeGreaterThan(500);
  expect(evidenceAbove(0.05, { calls: 2, hits: 2 })).toBeLessThan(500);
  expect(evidenceAbove(0.05, { calls: 3, hits: 3 })).toBeGreaterThan(500);
});

test('a rate that keeps to its limit is hardly ever taken for one above it, however often one looks', () => {
  const random = seededRandom(3);
  const level = 0.05;
  let alarms = 0;
  for (let run = 0; run < 1000; run++) {
    const counts = { calls: 0, hits: 0 };
    for (let call = 0; call < 3000; call++) {
      counts.calls++;
      if (random.next() < 0.02) counts.hits++;
      if (call % 3 === 0 && evidenceAbove(0.02, counts) >= 1 / level) {
        alarms++;
        break;
      }
    }
  }
  expect(alarms / 1000).toBeLessThan(level + 0.02);
});

test('bounds hold the observed rate, agree with the evidence and shrink', () => {
  const few = rateBounds({ calls: 200, hits: 4 }, 0.05);
  const many = rateBounds({ calls: 20_000, hits: 400 }, 0.05);
  for (const { low, high } of [few, many]) {
    expect(low).toBeLessThan(0.02);
    expect(high).toBeGreaterThan(0.02);
  }
  expect(many.high - many.low).toBeLessThan((few.high - few.low) / 5);
  expect(evidenceBelow(few.high * 1.01, { calls: 200, hits: 4 })).toBeGreaterThan(20);
  expect(evidenceBelow(few.high * 0.99, { calls: 200, hits: 4 })).toBeLessThan(20);
  expect(rateBounds({ calls: 0, hits: 0 }, 0.05)).toEqual({ low: 0, high: 1 });
  expect(rateBounds({ calls: 500, hits: 0 }, 0.05).low).toBe(0);
});
