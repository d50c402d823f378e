import { describe, expect, it } from 'vitest';
import { seededRandom } from '../util/random.ts';
import { compareLoss } from './comparison.ts';
import { scoredFrom } from './goldens/scored-fixture.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

const options = { against: 'reference', metric: 'accuracy', tolerance: 0.01, seed: 1 } as const;

/** Three labels in turn; right where `isRight` says so. */
function answers(rows: number, isRight: (row: number) => boolean): ScoredPredictions {
  const expected = Array.from({ length: rows }, (_, row) => row % 3);
  return scoredFrom({
    labels: 3,
    expected,
    predicted: expected.map((label, row) => (isRight(row) ? label : (label + 1) % 3)),
  });
}

describe('compareLoss', () => {
  it('takes identical answers for non-inferior, though 60 examples prove no equality', () => {
    const scored = answers(60, (row) => row % 5 > 0);
    const comparison = compareLoss(scored, scored, options);
    expect(comparison).toMatchObject({ against: 'reference', examples: 60, nonInferior: true });
    expect(comparison.difference.value).toBe(0);
    expect(comparison.difference.high).toBeCloseTo(1.96 ** 2 / (60 + 1.96 ** 2), 4);
  });

  it('gives Tango’s interval: 12 worse and 5 better of 100', () => {
    const candidate = answers(100, (row) => row >= 12);
    const reference = answers(100, (row) => row < 12 || row >= 17);
    const { difference } = compareLoss(candidate, reference, options);
    expect(difference.value).toBeCloseTo(0.07, 12);
    // Where (b - c - nΔ)² = z² · n(2q + Δ(1 - Δ)), solved with scipy.optimize.brentq.
    expect(difference.low).toBeCloseTo(-0.011863, 5);
    expect(difference.high).toBeCloseTo(0.157416, 5);
  });

  it('needs the evidence: worse by a little is not inferior with many examples, open with few', () => {
    const pair = (rows: number) =>
      compareLoss(
        answers(rows, (row) => row % 200 > 0),
        answers(rows, () => true),
        { ...options, tolerance: 0.02 },
      );
    expect(pair(20_000).nonInferior).toBe(true);
    expect(pair(200).nonInferior).toBe(false);
  });

  it.each(['accuracy', 'macro-f1'] as const)(
    'pairs by example: a subset in another order, by %s',
    (metric) => {
      const random = seededRandom(5);
      const whole = answers(300, () => random.next() < 0.8);
      const subset = [...whole.example].filter((row) => row % 3 < 2).toReversed();
      const part: ScoredPredictions = {
        ...whole,
        expected: Int32Array.from(subset, (row) => whole.expected[row]!),
        predicted: Int32Array.from(subset, (row) => whole.predicted[row]!),
        group: Int32Array.from(subset, (_, position) => position),
        example: Int32Array.from(subset),
      };
      const comparison = compareLoss(part, whole, { ...options, metric });
      expect(comparison.examples).toBe(200);
      expect(comparison.difference.value).toBeCloseTo(0, 12);
    },
  );

  it('averages over repeats first', () => {
    const example = [0, 1, 2, 3, 0, 1, 2, 3];
    const expected = [0, 1, 0, 1, 0, 1, 0, 1];
    const twice = scoredFrom({
      labels: 2,
      expected,
      predicted: [0, 1, 0, 1, 0, 1, 0, 0],
      group: example,
      example,
    });
    const once = scoredFrom({ labels: 2, expected: [0, 1, 0, 1], predicted: [0, 1, 0, 1] });
    const { examples, difference } = compareLoss(twice, once, options);
    expect(examples).toBe(4);
    expect(difference.value).toBeCloseTo(0.125, 12);
  });

  it('is wider when the disagreements sit in the same groups', () => {
    const inGroups = (scored: ScoredPredictions): ScoredPredictions => ({
      ...scored,
      group: scored.example.map((example) => Math.floor(example / 10)),
    });
    const candidate = answers(400, (row) => row >= 40);
    const reference = answers(400, () => true);
    const width = (a: ScoredPredictions, b: ScoredPredictions): number => {
      const { difference } = compareLoss(a, b, options);
      return difference.high! - difference.low!;
    };
    expect(width(inGroups(candidate), inGroups(reference))).toBeGreaterThan(
      1.8 * width(candidate, reference),
    );
  });

  it('has unknown bounds, and no verdict, for a single group', () => {
    const one = (scored: ScoredPredictions): ScoredPredictions => ({ ...scored, group: new Int32Array(30) });
    for (const metric of ['accuracy', 'macro-f1'] as const) {
      const comparison = compareLoss(one(answers(30, (row) => row > 2)), one(answers(30, () => true)), {
        ...options,
        metric,
      });
      expect(comparison).toMatchObject({ difference: { low: null, high: null }, nonInferior: false });
    }
  });

  it('refuses to compare candidates that answered different examples', () => {
    const first = answers(3, () => true);
    const second: ScoredPredictions = { ...first, example: Int32Array.from([3, 4, 5]) };
    expect(() => compareLoss(first, second, options)).toThrow('no example was answered by both');
  });
});
