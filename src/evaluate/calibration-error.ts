import type { Estimate } from '../schema/report.ts';
import { seededRandom, type Random } from '../util/random.ts';
import { UPPER_PROBABILITY } from './clustered-proportion.ts';
import { normalQuantile, studentQuantile } from './student-quantile.ts';

/** A bin of answers with similar confidence, as sums over its rows' weights. */
export interface CalibrationBin {
  weight: number;
  confidence: number;
  right: number;
}

/** A row's weighted distance from what its bin makes expect. */
export interface Residual {
  bin: number;
  group: number;
  value: number;
}

/** How many wrong (or right) answers' worth of belief in independent answers the dispersion starts from. */
const PRIOR_WEIGHT = 2;

/**
 * True calibration error, median-unbiased, with a 95 % interval: the errors under which the observed plug-in error is
 * neither too small nor too large to be chance. The gaps of the bins are supposed to grow together along their
 * (shrunken) observed shape; chance is a normal deviation per bin with the binomial variance of the bin's accuracy times
 * the dispersion that groups and repeats cause, and one deviation common to all bins for groups that span them.
 */
export function solveCalibrationError(
  bins: readonly CalibrationBin[],
  residuals: readonly Residual[],
  { seed, resamples }: { seed: number; resamples: number },
): Estimate {
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  const shares = bins.map((bin) => bin.weight / total);
  const gaps = bins.map((bin) => (bin.right - bin.confidence) / bin.weight);
  const observed = gaps.reduce((sum, gap, index) => sum + shares[index]! * Math.abs(gap), 0);
  const spread = dispersion(bins, residuals, total);
  if (spread === null) return { value: observed, low: null, high: null };
  const likely = shrinkGaps(gaps, shares, bins, spread.within);
  const test: InversionTest = {
    confidence: bins.map((bin) => bin.confidence / bin.weight),
    weight: bins.map((bin) => bin.weight),
    shares,
    shape: shapeOf(likely, shares),
    ...spread,
    normals: normals(resamples * (bins.length + 1), seededRandom(seed)),
    resamples,
  };
  return {
    value: solve(test, observed, 0.5),
    low: solve(test, observed, UPPER_PROBABILITY),
    high: solve(test, observed, 1 - UPPER_PROBABILITY),
  };
}

interface Dispersion {
  /** Variance inside bins over the binomial variance of independent answers. */
  within: number;
  /** Variance of a deviation common to all bins. */
  common: number;
}

/** null when all answers belong to one group. */
function dispersion(
  bins: readonly CalibrationBin[],
  residuals: readonly Residual[],
  total: number,
): Dispersion | null {
  const byBin = bins.map(() => new Map<number, number>());
  const byGroup = new Map<number, number>();
  for (const { bin, group, value } of residuals) {
    byBin[bin]!.set(group, (byBin[bin]!.get(group) ?? 0) + value);
    byGroup.set(group, (byGroup.get(group) ?? 0) + value);
  }
  if (byGroup.size < 2) return null;
  const expected = bins.reduce((sum, bin) => sum + binomialVariance(bin.right / bin.weight) * bin.weight, 0);
  const inside = byBin.reduce((sum, groups) => sum + unbiasedSquares([...groups.values()]), 0);
  const wrong = bins.reduce((sum, bin) => sum + bin.weight - bin.right, 0);
  const rarer = Math.min(wrong, total - wrong);
  const ratio = expected > 0 ? inside / expected : 1;
  const within = ((rarer * ratio + PRIOR_WEIGHT) / (rarer + PRIOR_WEIGHT)) * fewGroups(byGroup.size);
  const across =
    unbiasedSquares([...byGroup.values()]) - byBin.reduce((sum, groups) => sum + squares(groups.values()), 0);
  return { within, common: Math.max(0, across) / (total * total) };
}

function squares(values: Iterable<number>): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum;
}

function unbiasedSquares(values: readonly number[]): number {
  return values.length < 2 ? 0 : (squares(values) * values.length) / (values.length - 1);
}

function binomialVariance(share: number): number {
  return share * (1 - share);
}

function fewGroups(groups: number): number {
  return (studentQuantile(UPPER_PROBABILITY, groups - 1) / normalQuantile(UPPER_PROBABILITY)) ** 2;
}

/** Each bin's gap pulled towards the mean gap by as much as chance explains (James & Stein 1961). */
function shrinkGaps(
  gaps: readonly number[],
  shares: readonly number[],
  bins: readonly CalibrationBin[],
  within: number,
): number[] {
  const mean = gaps.reduce((sum, gap, index) => sum + shares[index]! * gap, 0);
  const spread = gaps.reduce((sum, gap, index) => sum + shares[index]! * (gap - mean) ** 2, 0);
  const chance = bins.map(
    (bin) => 1e-9 + (within * binomialVariance(bin.confidence / bin.weight)) / bin.weight,
  );
  const meanChance = chance.reduce((sum, variance, index) => sum + shares[index]! * variance, 0);
  const between = Math.max(0, spread - meanChance);
  return gaps.map((gap, index) => mean + (between / (between + chance[index]!)) * (gap - mean));
}

/** Direction along which the gaps are supposed to grow, scaled so that its calibration error is 1. */
function shapeOf(gaps: readonly number[], shares: readonly number[]): number[] {
  const size = gaps.reduce((sum, gap, index) => sum + shares[index]! * Math.abs(gap), 0);
  return size > 1e-12 ? gaps.map((gap) => gap / size) : gaps.map(() => 1);
}

/** Standard normal draws (Box & Muller 1958). */
function normals(count: number, random: Random): Float64Array {
  const draws = new Float64Array(count + 1);
  for (let index = 0; index < count; index += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    const angle = 2 * Math.PI * random.next();
    draws[index] = radius * Math.cos(angle);
    draws[index + 1] = radius * Math.sin(angle);
  }
  return draws;
}

interface InversionTest extends Dispersion {
  /** Per bin. */
  confidence: readonly number[];
  weight: readonly number[];
  shares: readonly number[];
  shape: readonly number[];
  /** resamples × (bins + 1). */
  normals: Float64Array;
  resamples: number;
}

/** The smallest true error under which the plug-in error exceeds the observed one with 1 - `probability`. */
function solve(test: InversionTest, observed: number, probability: number): number {
  if (quantileAt(test, 0, probability) >= observed) return 0;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 20; step++) {
    const middle = (low + high) / 2;
    if (quantileAt(test, middle, probability) >= observed) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Quantile of the plug-in error when the true error is `error`. */
function quantileAt(test: InversionTest, error: number, probability: number): number {
  const { confidence, weight, shares, shape, within, common, normals: draws, resamples } = test;
  const deviation = confidence.map((value, bin) => {
    const accuracy = Math.min(1, Math.max(0, value + error * shape[bin]!));
    return Math.sqrt((within * binomialVariance(accuracy)) / weight[bin]!);
  });
  const shift = Math.sqrt(common);
  const errors = new Float64Array(resamples);
  let draw = 0;
  for (let resample = 0; resample < resamples; resample++) {
    const all = shift * draws[draw++]!;
    let sum = 0;
    for (let bin = 0; bin < shape.length; bin++) {
      sum += shares[bin]! * Math.abs(error * shape[bin]! + all + deviation[bin]! * draws[draw++]!);
    }
    errors[resample] = sum;
  }
  errors.sort();
  return errors[Math.min(resamples - 1, Math.floor(probability * resamples))]!;
}
