import type { Estimate } from '../schema/report.ts';
import { seededRandom, type Random } from '../util/random.ts';
import { likelyGaps } from './calibration-shape.ts';
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
 * likely shape; chance is binomial in each bin, its trials divided by
 * the dispersion that groups and repeats cause, and one normal deviation common to all bins for groups that span them.
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
  const test: Omit<InversionTest, 'shape'> = {
    confidence: bins.map((bin) => bin.confidence / bin.weight),
    weight: bins.map((bin) => bin.weight),
    shares,
    ...spread,
    draws: drawsFor(bins.length, resamples, seededRandom(seed)),
    resamples,
  };
  const tests = shapesToTry(bins, shares, spread.within).map((shape) => ({ ...test, shape }));
  const value = solve(tests[0]!, observed, 0.5);
  return {
    value,
    low: Math.min(value, ...tests.map((shaped) => solve(shaped, observed, UPPER_PROBABILITY))),
    high: Math.max(value, ...tests.map((shaped) => solve(shaped, observed, 1 - UPPER_PROBABILITY))),
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

/**
 * Directions along which the gaps may grow, the likely one first. With few examples the data hardly tell the direction,
 * so the interval takes in what a gap alike in all bins and one that follows their variance would give.
 */
function shapesToTry(bins: readonly CalibrationBin[], shares: readonly number[], within: number): number[][] {
  const likely = likelyGaps(bins, within);
  const sign = likely.reduce((sum, gap, index) => sum + shares[index]! * gap, 0) > 0 ? 1 : -1;
  const variances = bins.map((bin) => sign * binomialVariance(bin.confidence / bin.weight));
  return [likely, bins.map(() => sign), variances].map((gaps) => scaleToOne(gaps, shares));
}

/** Scales gaps so that their calibration error is 1; gaps that are all 0 become alike. */
function scaleToOne(gaps: readonly number[], shares: readonly number[]): number[] {
  const size = gaps.reduce((sum, gap, index) => sum + shares[index]! * Math.abs(gap), 0);
  return gaps.map((gap) => (size > 1e-12 ? gap / size : 1));
}

/** Uniform draws for each bin and resample, then standard normal ones for what is common to all bins. */
function drawsFor(bins: number, resamples: number, random: Random): Float64Array {
  const draws = uniforms((bins + 1) * resamples, random);
  for (let index = bins * resamples; index < draws.length; index++)
    draws[index] = normalQuantile(draws[index]!);
  return draws;
}

/** Uniform draws on (0, 1). */
function uniforms(count: number, random: Random): Float64Array {
  return Float64Array.from(
    { length: count },
    () => (Math.floor(random.next() * 4294967296) + 0.5) / 4294967296,
  );
}

interface InversionTest extends Dispersion {
  /** Per bin. */
  confidence: readonly number[];
  weight: readonly number[];
  shares: readonly number[];
  shape: readonly number[];
  /** (bins + 1) × resamples, from `drawsFor`; the same for every error that is tried. */
  draws: Float64Array;
  resamples: number;
}

/** The smallest true error under which the plug-in error exceeds the observed one with 1 - `probability`. */
function solve(test: InversionTest, observed: number, probability: number): number {
  if (quantileAt(test, 0, probability) >= observed) return 0;
  let low = 0;
  let high = Math.min(1, 2 * observed + 0.1);
  if (quantileAt(test, high, probability) < observed) [low, high] = [high, 1];
  for (let step = 0; step < 12; step++) {
    const middle = (low + high) / 2;
    if (quantileAt(test, middle, probability) >= observed) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Quantile of the plug-in error when the true error is `error`. */
function quantileAt(test: InversionTest, error: number, probability: number): number {
  const { confidence, weight, shares, shape, within, common, draws, resamples } = test;
  const errors = new Float64Array(resamples);
  const shift = Math.sqrt(common);
  for (let bin = 0; bin < shape.length; bin++) {
    const accuracy = Math.min(1, Math.max(0, confidence[bin]! + error * shape[bin]!));
    const shareRight = binomialShare(Math.max(1, Math.round(weight[bin]! / within)), accuracy);
    // Where no accuracy gives the gap (it would leave 0 to 1), the rest of it is certain.
    const gap = error * shape[bin]! - accuracy;
    for (let resample = 0; resample < resamples; resample++) {
      const all = shift * draws[shape.length * resamples + resample]!;
      errors[resample]! +=
        shares[bin]! * Math.abs(gap + all + shareRight(draws[bin * resamples + resample]!));
    }
  }
  errors.sort();
  return errors[Math.min(resamples - 1, Math.floor(probability * resamples))]!;
}

/** Above this many trials a normal deviate stands in for the binomial one. */
const MOST_EXACT_TRIALS = 100;

/** Share of successes in binomial trials as a function of a uniform draw (the quantile function). */
function binomialShare(trials: number, success: number): (uniform: number) => number {
  if (success <= 0) return () => 0;
  if (success >= 1) return () => 1;
  if (trials > MOST_EXACT_TRIALS) {
    const deviation = Math.sqrt(binomialVariance(success) / trials);
    return (uniform) => success + deviation * normalQuantile(uniform);
  }
  const cumulative = cumulativeBinomial(trials, success);
  return (uniform) => {
    let low = 0;
    let high = trials;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cumulative[middle]! >= uniform) high = middle;
      else low = middle + 1;
    }
    return low / trials;
  };
}

/** Probabilities of at most k successes. */
function cumulativeBinomial(trials: number, success: number): Float64Array {
  const cumulative = new Float64Array(trials + 1);
  let logProbability = trials * Math.log1p(-success);
  const logOdds = Math.log(success) - Math.log1p(-success);
  let sum = 0;
  for (let k = 0; k <= trials; k++) {
    sum += Math.exp(logProbability);
    cumulative[k] = sum;
    logProbability += Math.log((trials - k) / (k + 1)) + logOdds;
  }
  cumulative[trials] = 1;
  return cumulative;
}
