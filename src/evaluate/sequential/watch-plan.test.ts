import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../../util/random.ts';
import { normalTail } from './normal-tail.ts';
import {
  decidingScore,
  planQuickWatch,
  planSteadyWatch,
  POWER,
  watchEvidence,
  type WatchPlan,
} from './watch-plan.ts';

const MARGIN = 0.03;
const LEVEL = 0.04;
const PLANS: [string, WatchPlan][] = [
  ['quick', planQuickWatch({ margin: MARGIN, level: LEVEL })],
  ['steady', planSteadyWatch({ margin: MARGIN, level: LEVEL })],
];

function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
}

/** The information at which a Brownian motion with this drift decides the watch; null: not until `end`. */
function decidedAt(
  plan: WatchPlan,
  { drift, end, random }: { drift: number; end: number; random: Random },
): number | null {
  const steps = 600;
  const step = end / steps;
  let score = 0;
  for (let index = 1; index <= steps; index++) {
    score += drift * step + Math.sqrt(step) * gaussian(random);
    if (watchEvidence(plan, { score, information: index * step }) >= 1 / plan.level) return index * step;
  }
  return null;
}

describe.each(PLANS)('a %s watch', (_name, plan) => {
  test('starts with a wealth of 1', () => {
    expect(watchEvidence(plan, { score: 0, information: 0 })).toBeCloseTo(1, 5);
  });

  test('is a martingale without a difference: its mean does not grow, wherever it is', () => {
    for (const [score, information] of [
      [0, 0],
      [60, 1000],
      [150, 6000],
      [-40, 3000],
    ] as const) {
      const step = 500;
      let mean = 0;
      let total = 0;
      for (let z = -8; z <= 8; z += 0.001) {
        const density = Math.exp((-z * z) / 2);
        // A watch that has decided has stopped.
        mean +=
          density *
          watchEvidence(plan, { score: score + z * Math.sqrt(step), information: information + step });
        total += density;
      }
      const now = watchEvidence(plan, { score, information });
      expect(mean / total).toBeLessThan(now * 1.005);
      expect(mean / total).toBeGreaterThan(now * 0.9);
    }
  });

  test('raises false alarms at most at its level, and sees its margin with the power it states', () => {
    const random = seededRandom(7);
    const runs = 1500;
    const end = plan.needed * 3;
    let alarms = 0;
    let seen = 0;
    for (let run = 0; run < runs; run++) {
      if (decidedAt(plan, { drift: 0, end, random }) !== null) alarms++;
      if (decidedAt(plan, { drift: MARGIN, end: plan.needed, random }) !== null) seen++;
    }
    const deviation = Math.sqrt((LEVEL * (1 - LEVEL)) / runs);
    expect(alarms / runs).toBeLessThan(LEVEL + 3 * deviation);
    expect(alarms / runs).toBeGreaterThan(LEVEL / 3);
    // Looking 600 times instead of always loses a little.
    expect(seen / runs).toBeGreaterThan(POWER - 0.04);
  });

  test('decides at the score it states', () => {
    for (const share of [0.05, 0.5, 0.99, 2]) {
      const information = plan.needed * share;
      const score = decidingScore(plan, information);
      expect(watchEvidence(plan, { score, information })).toBeGreaterThanOrEqual(1 / plan.level);
      expect(watchEvidence(plan, { score: score * 0.999, information })).toBeLessThan(1 / plan.level);
    }
  });
});

test('the quick watch needs less than the steady one for the same power, and both not much more than a single look', () => {
  const [[, quick], [, steady]] = PLANS as [(typeof PLANS)[0], (typeof PLANS)[0]];
  // One look at a number of observations fixed before: (z of the level + z of the power)² / margin².
  const single = (1.7507 + 1.0803) ** 2 / MARGIN ** 2;
  expect(quick.needed).toBeLessThan(steady.needed * 0.87);
  expect(quick.needed / single).toBeLessThan(1.16);
});

test('tails of the normal distribution', () => {
  expect(normalTail(0)).toBeCloseTo(0.5, 6);
  expect(normalTail(1.959964)).toBeCloseTo(0.025, 7);
  expect(normalTail(-1)).toBeCloseTo(0.8413447, 6);
  expect(normalTail(6) / 9.8659e-10).toBeCloseTo(1, 4);
});
