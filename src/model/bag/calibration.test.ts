import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import { calibrated, fitCalibration, UNCALIBRATED } from './calibration.ts';

/** Scores whose right class is drawn from the probabilities that `gamma` gives them. */
function drawnWith(
  gamma: number,
  texts: number,
): { scores: Float32Array; targets: Int32Array; classes: number } {
  const random = seededRandom(7);
  const classes = 4;
  const scores = Float32Array.from({ length: texts * classes }, () => 2 * random.next() - 1);
  const probabilities = new Float32Array(classes);
  const targets = Int32Array.from({ length: texts }, (_, text) => {
    calibrated({ floor: 0.02, gamma }, scores.subarray(text * classes, (text + 1) * classes), probabilities);
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
  it('finds the exponent that made the data', () => {
    for (const gamma of [0.7, 1.8, 4])
      expect(fitCalibration(drawnWith(gamma, 4000)).gamma / gamma).toBeCloseTo(1, 1);
  });

  it('stays with the default when there is no or little evidence', () => {
    expect(
      fitCalibration({ scores: new Float32Array(0), targets: new Int32Array(0), classes: 2 }).gamma,
    ).toBeCloseTo(UNCALIBRATED.gamma, 2);
    const certain = { scores: Float32Array.from([1, -1]), targets: Int32Array.from([0]), classes: 2 };
    expect(fitCalibration(certain).gamma).toBeLessThan(2.5);
  });

  it('gives probabilities that sum to 1, even when no class has a score', () => {
    const probabilities = new Float32Array(3);
    calibrated(UNCALIBRATED, Float32Array.from([-9, -9, -9]), probabilities);
    for (const probability of probabilities) expect(probability).toBeCloseTo(1 / 3, 6);
  });
});
