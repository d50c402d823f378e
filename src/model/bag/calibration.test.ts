import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { calibrated, calibrationSchema, fitCalibration, UNCALIBRATED } from './calibration.ts';

/** Scores whose right class is drawn from the probabilities that `gamma` gives them. */
function drawnWith(
  shift: number,
  gamma: number,
  texts: number,
): { scores: Float32Array; targets: Int32Array; classes: number } {
  const random = seededRandom(7);
  const classes = 4;
  const scores = Float32Array.from({ length: texts * classes }, () => 2 * random.next() - 1);
  const probabilities = new Float32Array(classes);
  const targets = Int32Array.from({ length: texts }, (_, text) => {
    calibrated(
      { floor: 0.02, shift, gamma },
      scores.subarray(text * classes, (text + 1) * classes),
      probabilities,
    );
    let rest = random.next();
    for (let column = 0; column < classes - 1; column++) {
      rest -= probabilities[column]!;
      if (rest < 0) return column;
    }
    return classes - 1;
  });
  return { scores, targets, classes };
}

describe('calibration', () => {
  it.each([
    [1, 1.8],
    [2, 4],
    [2.5, 1],
  ])('finds probabilities like those that made the data, with shift %d and gamma %d', (shift, gamma) => {
    const { scores, targets, classes } = drawnWith(shift, gamma, 6000);
    const found = fitCalibration({ scores, targets, classes });
    const [own, true_] = [new Float32Array(classes), new Float32Array(classes)];
    for (let text = 0; text < 100; text++) {
      const row = scores.subarray(text * classes, (text + 1) * classes);
      calibrated(found, row, own);
      calibrated({ floor: 0.02, shift, gamma }, row, true_);
      for (const [i, p] of own.entries()) expect(Math.abs(p - true_[i]!)).toBeLessThan(0.05);
    }
  });

  it('stays with the default without evidence, and near it with little', () => {
    const none = fitCalibration({ scores: new Float32Array(0), targets: new Int32Array(0), classes: 2 });
    expect(none.shift).toBe(UNCALIBRATED.shift);
    expect(none.gamma).toBeCloseTo(UNCALIBRATED.gamma, 1);
    const certain = { scores: Float32Array.from([1, -1]), targets: Int32Array.from([0]), classes: 2 };
    expect(fitCalibration(certain).gamma).toBeLessThan(5);
  });

  it('stays within the bounds of the schema whatever the scores, and gives finite probabilities that sum to 1', () => {
    const extremes = [-1e30, -1, 0, 1, 1e30];
    const bounds = [0.01, 1].flatMap((floor) =>
      [0, 4].flatMap((shift) => [0.1, 16].map((gamma) => ({ floor, shift, gamma }))),
    );
    const targets = Int32Array.from({ length: 3000 }, (_, i) => i % 2);
    const fitted = extremes.map((right) => {
      const scores = Float32Array.from({ length: 6000 }, (_, i) =>
        i % 4 === 0 || i % 4 === 3 ? right : -right,
      );
      return fitCalibration({ scores, targets, classes: 2 });
    });
    for (const calibration of [...bounds, ...fitted]) {
      expect(calibrationSchema.parse(calibration)).toEqual(calibration);
      const probabilities = new Float32Array(extremes.length);
      calibrated(calibration, Float32Array.from(extremes), probabilities);
      expect(probabilities.reduce((sum, p) => sum + p, 0)).toBeCloseTo(1, 5);
    }
  });

  it('gives probabilities that sum to 1, even when no class has a score', () => {
    const probabilities = new Float32Array(3);
    calibrated(UNCALIBRATED, Float32Array.from([-9, -9, -9]), probabilities);
    for (const probability of probabilities) expect(probability).toBeCloseTo(1 / 3, 6);
  });
});
