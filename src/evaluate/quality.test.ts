import { describe, expect, it } from 'vitest';
import { qualitySchema, type Estimate } from '../schema/report.ts';
import { seededRandom } from '../util/random.ts';
import { plugInCalibrationError } from './calibration.ts';
import { goldens } from './goldens/read-goldens.ts';
import { scoredFrom } from './goldens/scored-fixture.ts';
import { evaluateQuality } from './quality.ts';

function expectInside({ value, low, high }: Estimate): void {
  expect(low).toBeLessThanOrEqual(value);
  expect(high).toBeGreaterThanOrEqual(value);
}

describe('evaluateQuality', () => {
  it.each(goldens.classification)('gives scikit-learn’s numbers on $labels labels', (golden) => {
    const quality = evaluateQuality(scoredFrom(golden), { seed: 1 });
    expect(() => qualitySchema.parse(quality)).not.toThrow();
    expect(quality.accuracy.value).toBeCloseTo(golden.accuracy, 12);
    expect(quality.macroF1.value).toBeCloseTo(golden.macroF1, 12);
    expect(quality.confusion.map((row) => row.slice(0, -1))).toEqual(golden.confusion);
    for (const [label, facts] of quality.classes.entries()) {
      expect(facts.support).toBe(golden.support[label]);
      for (const key of ['precision', 'recall'] as const) {
        if (golden[key][label] === null) expect(facts[key]).toBeNull();
        else expect(facts[key]?.value).toBeCloseTo(golden[key][label]!, 12);
      }
      if (facts.f1 !== null) expect(facts.f1.value).toBeCloseTo(golden.f1[label]!, 12);
    }
    expect(plugInCalibrationError(quality.calibration!.bins)).toBeCloseTo(golden.calibrationError, 6);
    [quality.accuracy, quality.macroF1, quality.calibration!.error].forEach(expectInside);
  });

  it('keeps what cannot be known null: a class never seen, never predicted, in one group only', () => {
    const quality = evaluateQuality(
      scoredFrom({ labels: 4, expected: [0, 0, 1, 2], predicted: [0, 0, 0, -1], group: [0, 1, 2, 3] }),
      { seed: 1 },
    );
    expect(quality.classes.map(({ precision }) => precision?.value ?? null)).toEqual([
      2 / 3,
      null,
      null,
      null,
    ]);
    expect(quality.classes[1]?.recall).toEqual({ value: 0, low: null, high: null });
    expect(quality.classes[3]).toEqual({
      label: 'label-3',
      support: 0,
      precision: null,
      recall: null,
      f1: null,
    });
    expect(quality.calibration).toBeNull();
    expect(quality.unusable).toBe(0.25);
    expect(quality.confusion[2]).toEqual([0, 0, 0, 0, 1]);
  });

  it('gives an interval at accuracy 1 and 0, with 60 examples', () => {
    const labels = Array.from({ length: 60 }, (_, row) => row % 2);
    const perfect = evaluateQuality(scoredFrom({ labels: 2, expected: labels, predicted: labels }), {
      seed: 1,
    });
    expect(perfect.accuracy).toMatchObject({ value: 1, high: 1 });
    expect(perfect.accuracy.low).toBeCloseTo(0.94, 2);
    expect(perfect.macroF1.low).toBeGreaterThan(0.85);
    expect(perfect.macroF1.low).toBeLessThan(0.97);
    const wrong = labels.map((label) => 1 - label);
    const useless = evaluateQuality(scoredFrom({ labels: 2, expected: labels, predicted: wrong }), {
      seed: 1,
    });
    expect(useless.accuracy).toMatchObject({ value: 0, low: 0 });
    expect(useless.accuracy.high).toBeCloseTo(0.06, 2);
  });

  it('has unknown bounds when all examples belong to one group', () => {
    const quality = evaluateQuality(
      scoredFrom({
        labels: 2,
        expected: [0, 1, 1],
        predicted: [0, 1, 0],
        confidence: [0.9, 0.8, 0.7],
        group: [0, 0, 0],
      }),
      { seed: 1 },
    );
    for (const estimate of [quality.accuracy, quality.macroF1, quality.calibration!.error])
      expect(estimate).toMatchObject({ low: null, high: null });
  });

  it('counts each example once, however often a cross-validation repeats it', () => {
    const once = { labels: 3, expected: [0, 1, 2, 0, 1, 2], predicted: [0, 1, 1, 0, 2, 2] };
    const example = [0, 1, 2, 3, 4, 5];
    const repeated = scoredFrom({
      labels: 3,
      expected: [...once.expected, ...once.expected],
      predicted: [...once.predicted, ...once.predicted],
      group: [...example, ...example],
      example: [...example, ...example],
    });
    expect(evaluateQuality(repeated, { seed: 1 })).toEqual(evaluateQuality(scoredFrom(once), { seed: 1 }));
  });

  it('is the same for the same seed', () => {
    const [golden] = goldens.classification;
    const scored = scoredFrom(golden!);
    expect(evaluateQuality(scored, { seed: 7 })).toEqual(evaluateQuality(scored, { seed: 7 }));
  });

  it('takes chance out of the calibration error: calibrated classifiers, 200 examples', () => {
    const random = seededRandom(3);
    const draws = Array.from({ length: 20 }, () => {
      const confidence = Array.from({ length: 200 }, () => 0.5 + 0.5 * random.next());
      const predicted = confidence.map((chance) => (random.next() < chance ? 0 : 1));
      const scored = scoredFrom({ labels: 2, expected: confidence.map(() => 0), predicted, confidence });
      return evaluateQuality(scored, { seed: 1, resamples: 200 }).calibration!;
    });
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(draws.map(({ bins }) => plugInCalibrationError(bins)))).toBeGreaterThan(0.06);
    expect(mean(draws.map(({ error }) => error.value))).toBeLessThan(0.03);
    expect(draws.filter(({ error }) => error.low === 0).length).toBeGreaterThanOrEqual(18);
  });

  it('finds an overconfident classifier off by its true error', () => {
    const random = seededRandom(4);
    const confidence = Array.from({ length: 3000 }, () => 0.95);
    const predicted = confidence.map(() => (random.next() < 0.8 ? 0 : 1));
    const scored = scoredFrom({ labels: 2, expected: confidence.map(() => 0), predicted, confidence });
    const { error } = evaluateQuality(scored, { seed: 1 }).calibration!;
    expect(error.low).toBeLessThan(0.15);
    expect(error.high).toBeGreaterThan(0.15);
    expect(error.high! - error.low!).toBeLessThan(0.05);
  });

  it('refuses to evaluate nothing', () => {
    expect(() =>
      evaluateQuality(scoredFrom({ labels: 2, expected: [], predicted: [] }), { seed: 1 }),
    ).toThrow('there is nothing to evaluate');
  });
});
