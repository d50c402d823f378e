import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import type { AcceptanceCounts } from './acceptance-difference.ts';
import { callsToSeeLoss } from './calls-needed.ts';
import { differenceBounds, evidenceOfLoss, evidenceOfNonInferiority } from './difference-bounds.ts';
import { meanBounds, meanEvidence } from './mean-evidence.ts';
import { planQuickWatch, planSteadyWatch } from './watch-plan.ts';

const LOSS = planQuickWatch({ margin: 0.03, level: 0.04 });
const GAIN = planSteadyWatch({ margin: 0.03, level: 0.05 });
const PLANS = { loss: LOSS, gain: GAIN };

const counts = (canary: [number, number], live: [number, number]): AcceptanceCounts => ({
  canary: { accepted: canary[0], judged: canary[1] },
  live: { accepted: live[0], judged: live[1] },
});

describe('bounds of a difference of acceptance', () => {
  test.each([
    ['a clear loss', counts([700, 1000], [8000, 10_000])],
    ['a loss of the margin', counts([1160, 1500], [12_000, 15_000])],
    ['no difference', counts([1200, 1500], [12_000, 15_000])],
    ['a gain', counts([1280, 1500], [12_000, 15_000])],
    ['few verdicts', counts([3, 5], [40, 50])],
    ['all accepted', counts([50, 50], [500, 500])],
    ['none accepted', counts([0, 50], [0, 500])],
  ])('say what the evidence says: %s', (_name, judged) => {
    const { low, high } = differenceBounds(PLANS, judged);
    const { canary, live } = judged;
    const observed = canary.accepted / canary.judged - live.accepted / live.judged;
    expect(low).toBeLessThanOrEqual(observed);
    expect(high).toBeGreaterThanOrEqual(observed);
    expect(high < 0).toBe(evidenceOfLoss(LOSS, judged) >= 1 / LOSS.level);
    expect(low > -0.03).toBe(evidenceOfNonInferiority(GAIN, judged) >= 1 / GAIN.level);
  });

  test('know nothing without verdicts on both sides', () => {
    expect(differenceBounds(PLANS, counts([0, 0], [5, 10]))).toEqual({ low: -1, high: 1 });
    expect(evidenceOfLoss(LOSS, counts([0, 0], [5, 10]))).toBeLessThanOrEqual(1.01);
  });

  test('a canary whose answers nobody accepts is seen in some tens of verdicts', () => {
    let judged = 1;
    while (evidenceOfLoss(LOSS, counts([0, judged], [judged * 8, judged * 10])) < 1 / LOSS.level) judged++;
    expect(judged).toBeLessThan(25);
  });
});

test('equal canaries are hardly ever rolled back, and those that lose the margin are caught in the stated calls', () => {
  const worlds = 150;
  const share = 0.3;
  const acceptance = 0.85;
  const stated = callsToSeeLoss(LOSS, { acceptance, share, feedbackRate: 1 });
  const random = seededRandom(11);
  const alarmAt = (loss: number, calls: number): number | null => {
    const c = { accepted: 0, judged: 0 };
    const l = { accepted: 0, judged: 0 };
    for (let call = 1; call <= calls; call++) {
      const isCanary = random.next() < share;
      const side = isCanary ? c : l;
      side.judged++;
      if (random.next() < acceptance - (isCanary ? loss : 0)) side.accepted++;
      if (c.accepted * l.judged >= l.accepted * c.judged) continue;
      if (evidenceOfLoss(LOSS, { canary: c, live: l }) >= 1 / LOSS.level) return call;
    }
    return null;
  };
  let alarms = 0;
  let caught = 0;
  for (let world = 0; world < worlds; world++) {
    if (alarmAt(0, stated * 2) !== null) alarms++;
    if (alarmAt(0.03, stated) !== null) caught++;
  }
  // Three standard deviations beside what the large simulation finds (bench/simulated-canaries).
  expect(alarms / worlds).toBeLessThan(0.09);
  expect(caught / worlds).toBeGreaterThan(0.73);
}, 30_000);

describe('evidence about a mean', () => {
  const amounts = (mean: number, count: number): { count: number; sum: number; squares: number } => ({
    count,
    sum: mean * count,
    squares: mean * mean * 1.25 * count,
  });

  test('sees a mean on either side of a limit, and says nothing of few amounts', () => {
    const above = { side: 'above', level: 0.01 } as const;
    const below = { side: 'below', level: 0.05 } as const;
    expect(meanEvidence(0.001, amounts(0.002, 60), above)).toBeGreaterThan(100);
    expect(meanEvidence(0.001, amounts(0.001, 5000), above)).toBeLessThan(5);
    expect(meanEvidence(0.001, amounts(0.0005, 200), below)).toBeGreaterThan(20);
    expect(meanEvidence(0.001, amounts(0.01, 20), above)).toBe(0);
    expect(meanBounds(amounts(0.001, 20), 0.05)).toBeNull();
  });

  test('bounds hold the mean and shrink', () => {
    const few = meanBounds(amounts(0.002, 50), 0.05)!;
    const many = meanBounds(amounts(0.002, 5000), 0.05)!;
    for (const { low, high } of [few, many]) {
      expect(low).toBeLessThan(0.002);
      expect(high).toBeGreaterThan(0.002);
    }
    expect(many.high - many.low).toBeLessThan((few.high - few.low) / 3);
  });
});
