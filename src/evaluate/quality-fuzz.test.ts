import { expect, it } from 'vitest';
import { qualitySchema, type Estimate } from '../schema/report.ts';
import { seededRandom, type Random } from '../util/random.ts';
import { compareLoss } from './comparison.ts';
import { scoredFrom } from './goldens/scored-fixture.ts';
import { evaluateQuality } from './quality.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/** Small and degenerate sets: few rows, one class, one group, everything wrong, unusable, or of confidence 0 or 1. */
function drawSet(random: Random): ScoredPredictions[] {
  const labels = 2 + random.integer(4);
  const examples = 1 + random.integer(12);
  const repeats = 1 + random.integer(2);
  const groups = 1 + random.integer(examples);
  const example = Array.from({ length: examples * repeats }, (_, row) => row % examples);
  const used = 1 + random.integer(labels);
  const expectedOf = Array.from({ length: examples }, () => random.integer(used));
  const groupOf = Array.from({ length: examples }, () => random.integer(groups));
  return [0, 1].map(() => {
    const style = random.integer(5);
    const predict = (label: number): number =>
      [label, -1, (label + 1) % labels, random.integer(labels), random.integer(labels + 1) - 1][style]!;
    return scoredFrom({
      labels,
      expected: example.map((index) => expectedOf[index]!),
      predicted: example.map((index) => predict(expectedOf[index]!)),
      confidence: example.map(() => [0, 1, 0.5, random.next()][random.integer(4)]!),
      group: example.map((index) => groupOf[index]!),
      example,
    });
  });
}

function expectSound({ value, low, high }: Estimate, least: number): void {
  for (const number of [value, low ?? value, high ?? value]) {
    expect(number).toBeGreaterThanOrEqual(least);
    expect(number).toBeLessThanOrEqual(1);
  }
  expect(low === null).toBe(high === null);
  expect(low ?? value).toBeLessThanOrEqual(value);
  expect(high ?? value).toBeGreaterThanOrEqual(value);
}

it('gives sound intervals on 1,000 degenerate sets', () => {
  const random = seededRandom(11);
  for (let set = 0; set < 1000; set++) {
    const [one, two] = drawSet(random);
    const quality = qualitySchema.parse(evaluateQuality(one!, { seed: set, resamples: 10 }));
    expectSound(quality.accuracy, 0);
    expectSound(quality.macroF1, 0);
    if (quality.calibration !== null) expectSound(quality.calibration.error, 0);
    for (const { precision, recall, f1 } of quality.classes) {
      for (const estimate of [precision, recall, f1]) if (estimate !== null) expectSound(estimate, 0);
    }
    for (const metric of ['accuracy', 'macro-f1'] as const) {
      const options = { against: 'x', metric, tolerance: 0.01, seed: 1 };
      expectSound(compareLoss(one!, two!, options).difference, -1);
    }
  }
});
