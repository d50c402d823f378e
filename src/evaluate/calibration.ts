import type { z } from 'zod';
import type { calibrationSchema } from '../schema/report.ts';
import { seededRandom, type Random } from '../util/random.ts';
import { UPPER_PROBABILITY } from './clustered-proportion.ts';
import { largest } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';
import { normalQuantile, studentQuantile } from './student-quantile.ts';

type Calibration = z.infer<typeof calibrationSchema>;

const BINS = 15;

/** A bin of answers with similar confidence; sums over its rows' weights. */
interface Bin {
  weight: number;
  confidence: number;
  right: number;
  /** Σ confidence · (1 - confidence): the variance of `right` if the confidences are true. */
  variance: number;
  rows: Int32Array;
}

/**
 * Calibration over 15 equal-mass bins of the top probability. The usual plug-in error is too large by what chance alone
 * makes of each bin (.1 and more with 60 examples), so the value is its median-unbiased correction and the interval the
 * inversion of the same test, with chance simulated by a wild bootstrap over groups.
 * null when the candidate gives no probabilities or no usable answer.
 */
export function calibrationOf(
  scored: ScoredPredictions,
  weights: Float64Array,
  options: { seed: number; resamples: number },
): Calibration | null {
  const bins = binsOf(scored, weights);
  if (bins.length === 0) return null;
  return {
    error: errorEstimate(bins, scored, weights, options),
    bins: bins.map((bin) => ({
      confidence: bin.confidence / bin.weight,
      accuracy: bin.right / bin.weight,
      count: Math.round(bin.weight),
    })),
  };
}

/** The plug-in error Σ share · |accuracy - confidence| (Naeini 2015; equal-mass bins: Nguyen & O'Connor 2015). */
export function plugInCalibrationError(bins: Calibration['bins']): number {
  const total = bins.reduce((sum, bin) => sum + bin.count, 0);
  return bins.reduce((sum, bin) => sum + (bin.count / total) * Math.abs(bin.accuracy - bin.confidence), 0);
}

function binsOf(scored: ScoredPredictions, weights: Float64Array): Bin[] {
  if (scored.probabilities === null) return [];
  const confidence = topProbabilities(scored, scored.probabilities);
  const usable = Int32Array.from(scored.predicted.keys()).filter((row) => scored.predicted[row]! >= 0);
  usable.sort((a, b) => confidence[a]! - confidence[b]! || a - b);
  const count = Math.min(BINS, usable.length);
  return Array.from({ length: count }, (_, bin) => {
    const rows = usable.subarray(
      Math.floor((bin * usable.length) / count),
      Math.floor(((bin + 1) * usable.length) / count),
    );
    return sumBin(rows, scored, weights, confidence);
  });
}

/** Probability of the answer given, which is the largest unless a tie was broken otherwise. */
export function topProbabilities(scored: ScoredPredictions, probabilities: Float32Array): Float64Array {
  const labels = scored.labels.length;
  return Float64Array.from(scored.predicted, (predicted, row) =>
    predicted < 0 ? 0 : probabilities[row * labels + predicted]!,
  );
}

function sumBin(
  rows: Int32Array,
  scored: ScoredPredictions,
  weights: Float64Array,
  confidence: Float64Array,
): Bin {
  const bin: Bin = { weight: 0, confidence: 0, right: 0, variance: 0, rows };
  for (const row of rows) {
    const weight = weights[row]!;
    bin.weight += weight;
    bin.confidence += weight * confidence[row]!;
    bin.variance += weight * confidence[row]! * (1 - confidence[row]!);
    if (scored.predicted[row] === scored.expected[row]) bin.right += weight;
  }
  return bin;
}

function errorEstimate(
  bins: readonly Bin[],
  scored: ScoredPredictions,
  weights: Float64Array,
  options: { seed: number; resamples: number },
): Calibration['error'] {
  const total = bins.reduce((sum, bin) => sum + bin.weight, 0);
  const shares = bins.map((bin) => bin.weight / total);
  const gaps = bins.map((bin) => (bin.right - bin.confidence) / bin.weight);
  const observed = gaps.reduce((sum, gap, index) => sum + shares[index]! * Math.abs(gap), 0);
  const likelyGaps = shrinkGaps(gaps, shares, bins);
  const noise = wildNoise(bins, likelyGaps, scored, weights, options);
  if (noise === null) return { value: observed, low: null, high: null };
  const test = { shape: shapeOf(likelyGaps, shares), shares, noise, resamples: options.resamples };
  return {
    value: solveError(test, observed, 0.5),
    low: solveError(test, observed, UPPER_PROBABILITY),
    high: solveError(test, observed, 1 - UPPER_PROBABILITY),
  };
}

/** Each bin's gap pulled towards the mean gap by as much as chance explains (James & Stein 1961). */
function shrinkGaps(gaps: readonly number[], shares: readonly number[], bins: readonly Bin[]): number[] {
  const mean = gaps.reduce((sum, gap, index) => sum + shares[index]! * gap, 0);
  const spread = gaps.reduce((sum, gap, index) => sum + shares[index]! * (gap - mean) ** 2, 0);
  const chance = bins.map((bin) => Math.max(1e-9, bin.variance / bin.weight / bin.rows.length));
  const meanChance = chance.reduce((sum, variance, index) => sum + shares[index]! * variance, 0);
  const between = Math.max(0, spread - meanChance);
  return gaps.map((gap, index) => mean + (between / (between + chance[index]!)) * (gap - mean));
}

/** Direction along which the gaps are supposed to grow, scaled so that its calibration error is 1. */
function shapeOf(gaps: readonly number[], shares: readonly number[]): number[] {
  const size = gaps.reduce((sum, gap, index) => sum + shares[index]! * Math.abs(gap), 0);
  return size > 1e-12 ? gaps.map((gap) => gap / size) : gaps.map(() => 1);
}

/** Chance deviations of the bins' gaps, resamples × bins: each group's residuals get one random sign. null for one group. */
function wildNoise(
  bins: readonly Bin[],
  gaps: readonly number[],
  scored: ScoredPredictions,
  weights: Float64Array,
  { seed, resamples }: { seed: number; resamples: number },
): Float64Array | null {
  const { cells, groups } = residualCells(bins, gaps, scored, weights);
  if (groups < 2) return null;
  const t = studentQuantile(UPPER_PROBABILITY, groups - 1) / normalQuantile(UPPER_PROBABILITY);
  const inflation = t * Math.sqrt(groups / (groups - 1));
  const random = seededRandom(seed);
  const noise = new Float64Array(resamples * bins.length);
  const signs = new Int8Array(largest(scored.group) + 1);
  for (let resample = 0; resample < resamples; resample++) {
    drawSigns(signs, random);
    const offset = resample * bins.length;
    for (let cell = 0; cell < cells.value.length; cell++) {
      noise[offset + cells.bin[cell]!]! += signs[cells.group[cell]!]! * cells.value[cell]! * inflation;
    }
  }
  return noise;
}

interface Cells {
  bin: Int32Array;
  group: Int32Array;
  value: Float64Array;
}

/** Sum of residuals per bin and group over the bin's weight, for the pairs that occur. */
function residualCells(
  bins: readonly Bin[],
  gaps: readonly number[],
  scored: ScoredPredictions,
  weights: Float64Array,
): { cells: Cells; groups: number } {
  const confidence = topProbabilities(scored, scored.probabilities!);
  const rows = bins.reduce((sum, bin) => sum + bin.rows.length, 0);
  const cells: Cells = {
    bin: new Int32Array(rows),
    group: new Int32Array(rows),
    value: new Float64Array(rows),
  };
  const seen = new Set<number>();
  let cell = 0;
  for (const [index, bin] of bins.entries()) {
    for (const row of bin.rows) {
      const right = scored.predicted[row] === scored.expected[row] ? 1 : 0;
      seen.add(scored.group[row]!);
      cells.bin[cell] = index;
      cells.group[cell] = scored.group[row]!;
      cells.value[cell++] = (weights[row]! * (right - confidence[row]! - gaps[index]!)) / bin.weight;
    }
  }
  return { cells, groups: seen.size };
}

function drawSigns(signs: Int8Array, random: Random): void {
  let bits = 0;
  for (let index = 0; index < signs.length; index++) {
    if (index % 32 === 0) bits = random.integer(2 ** 32);
    signs[index] = ((bits >>> (index % 32)) & 1) * 2 - 1;
  }
}

interface InversionTest {
  shape: readonly number[];
  shares: readonly number[];
  noise: Float64Array;
  resamples: number;
}

/** The smallest true error whose plug-in error stays under the observed one with at most this probability. */
function solveError(test: InversionTest, observed: number, probability: number): number {
  if (quantileAt(test, 0, probability) >= observed) return 0;
  let low = 0;
  let high = 1;
  for (let step = 0; step < 24; step++) {
    const middle = (low + high) / 2;
    if (quantileAt(test, middle, probability) >= observed) high = middle;
    else low = middle;
  }
  return (low + high) / 2;
}

/** Quantile of the plug-in error when the true error is `error`. */
function quantileAt(test: InversionTest, error: number, probability: number): number {
  const { shape, shares, noise, resamples } = test;
  const errors = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    let sum = 0;
    for (let bin = 0; bin < shape.length; bin++) {
      sum += shares[bin]! * Math.abs(error * shape[bin]! + noise[resample * shape.length + bin]!);
    }
    errors[resample] = sum;
  }
  errors.sort();
  return errors[Math.min(resamples - 1, Math.floor(probability * resamples))]!;
}
