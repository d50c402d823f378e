import type { CalibrationBin } from './calibration-error.ts';

/**
 * The likely gap (accuracy minus confidence) of each bin: a logistic recalibration (Cox 1958), since classifiers are
 * usually off by too steep or too flat a curve, plus as much of what it leaves as chance does not explain (James & Stein 1961).
 */
export function likelyGaps(bins: readonly CalibrationBin[], within: number): number[] {
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  const curve = recalibrate(bins, within);
  const rest = bins.map((bin) => bin.right / bin.weight - curve(bin));
  const chance = bins.map((bin) => 1e-9 + (within * curve(bin) * (1 - curve(bin))) / bin.weight);
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value, index) => sum + (bins[index]!.weight / total) * value, 0);
  const between = Math.max(0, mean(rest.map((value) => value * value)) - mean(chance));
  return bins.map(
    (bin, index) =>
      curve(bin) - bin.confidence / bin.weight + (between / (between + chance[index]!)) * rest[index]!,
  );
}

/** Standard deviation of the belief about slope and intercept: wide, but it keeps bins without mistakes finite. */
const PRIOR_DEVIATION = 1;
const NEWTON_STEPS = 25;

/** Accuracy as a logistic curve of the confidence's logit, fitted by penalised likelihood around "calibrated". */
function recalibrate(bins: readonly CalibrationBin[], within: number): (bin: CalibrationBin) => number {
  let slope = 1;
  let intercept = 0;
  const penalty = 1 / PRIOR_DEVIATION ** 2;
  for (let step = 0; step < NEWTON_STEPS; step++) {
    let [gradientSlope, gradientIntercept] = [-penalty * (slope - 1), -penalty * intercept];
    let [ss, si, ii] = [penalty, 0, penalty];
    for (const bin of bins) {
      const x = logitOf(bin);
      const expected = logistic(slope * x + intercept);
      const trials = bin.weight / within;
      const residual = bin.right / within - trials * expected;
      const information = trials * expected * (1 - expected);
      gradientSlope += residual * x;
      gradientIntercept += residual;
      ss += information * x * x;
      si += information * x;
      ii += information;
    }
    const determinant = ss * ii - si * si;
    slope += (ii * gradientSlope - si * gradientIntercept) / determinant;
    intercept += (ss * gradientIntercept - si * gradientSlope) / determinant;
  }
  const finite = Number.isFinite(slope) && Number.isFinite(intercept);
  return (bin) => (finite ? logistic(slope * logitOf(bin) + intercept) : bin.confidence / bin.weight);
}

function logitOf(bin: CalibrationBin): number {
  const confidence = Math.min(1 - 1e-6, Math.max(1e-6, bin.confidence / bin.weight));
  return Math.log(confidence / (1 - confidence));
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
