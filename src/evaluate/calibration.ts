import type { z } from 'zod';
import type { calibrationSchema } from '../schema/report.ts';
import { solveCalibrationError, type CalibrationBin, type Residual } from './calibration-error.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

type Calibration = z.infer<typeof calibrationSchema>;

const BINS = 15;

/** Rows of a bin, and sums over their weights. */
interface Bin extends CalibrationBin {
  rows: Int32Array;
}

/**
 * Calibration over 15 equal-mass bins of the top probability. The usual plug-in error is too large by what chance alone
 * makes of each bin (.1 and more with 60 examples), so the value is its median-unbiased correction and the interval the
 * inversion of the same test, with chance simulated from binomial variances that groups inflate.
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
    error: solveCalibrationError(bins, residuals(bins, scored, weights), options),
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
  const bin: Bin = { weight: 0, confidence: 0, right: 0, rows };
  for (const row of rows) {
    const weight = weights[row]!;
    bin.weight += weight;
    bin.confidence += weight * confidence[row]!;
    if (scored.predicted[row] === scored.expected[row]) bin.right += weight;
  }
  return bin;
}

/** What of each row's outcome its confidence and its bin's gap leave unexplained. */
function residuals(bins: readonly Bin[], scored: ScoredPredictions, weights: Float64Array): Residual[] {
  const confidence = topProbabilities(scored, scored.probabilities!);
  return bins.flatMap((bin, index) =>
    Array.from(bin.rows, (row) => ({
      bin: index,
      group: scored.group[row]!,
      value:
        weights[row]! *
        ((scored.predicted[row] === scored.expected[row] ? 1 : 0) -
          confidence[row]! -
          (bin.right - bin.confidence) / bin.weight),
    })),
  );
}
