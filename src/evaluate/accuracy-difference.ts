import type { Estimate } from '../schema/report.ts';
import { UPPER_PROBABILITY } from './clustered-proportion.ts';
import { degreesOfFreedom, meanGroupSize, ratioVariance, type GroupMoments } from './group-moments.ts';
import { momentsOf, type GroupTimes } from './group-sums.ts';
import type { PairedAnswers } from './paired-answers.ts';
import { rowWeights } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';
import { normalQuantile, studentQuantile } from './student-quantile.ts';

/** Differences of loss (candidate minus reference) summed per group; an example's loss is its mean over repeats. */
export interface GroupDifferences {
  examples: Float64Array;
  sum: Float64Array;
  /** Sum of the positive differences, of the negative ones (as positive numbers), and of squares. */
  worse: Float64Array;
  better: Float64Array;
  squares: Float64Array;
}

/** Sums the paired differences of 0/1 loss by group. */
export function accuracyDifferences(pairs: PairedAnswers): GroupDifferences {
  const candidate = lossByExample(pairs.candidate, pairs.group.length);
  const reference = lossByExample(pairs.reference, pairs.group.length);
  const groups = pairs.group.reduce((most, group) => Math.max(most, group), -1) + 1;
  const column = (): Float64Array => new Float64Array(groups);
  const sums = { examples: column(), sum: column(), worse: column(), better: column(), squares: column() };
  for (const [example, group] of pairs.group.entries()) {
    if (group < 0) continue;
    const difference = candidate[example]! - reference[example]!;
    sums.examples[group]! += 1;
    sums.sum[group]! += difference;
    sums.worse[group]! += Math.max(0, difference);
    sums.better[group]! += Math.max(0, -difference);
    sums.squares[group]! += difference * difference;
  }
  return sums;
}

function lossByExample(scored: ScoredPredictions, examples: number): Float64Array {
  const weights = rowWeights(scored);
  const loss = new Float64Array(examples);
  for (const [row, example] of scored.example.entries()) {
    if (scored.predicted[row] !== scored.expected[row]) loss[example]! += weights[row]!;
  }
  return loss;
}

/**
 * Mean paired difference of loss with Tango's score interval (1998) at the effective number of examples, which clusters
 * and few groups reduce; bounds are null when there is only one group.
 */
export function accuracyDifference(differences: GroupDifferences, times?: GroupTimes): Estimate {
  const moments = momentsOf(differences.sum, differences.examples, times);
  const worse = total(differences.worse, times);
  const better = total(differences.better, times);
  const value = (worse - better) / moments.t;
  if (moments.groups < 2) return { value, low: null, high: null };
  const n = effectiveExamples(moments, { worse, better, squares: total(differences.squares, times) });
  const counts = { n, worse: (worse / moments.t) * n, better: (better / moments.t) * n };
  return {
    value,
    low: Math.min(value, tangoBound(counts, -1)),
    high: Math.max(value, tangoBound(counts, 1)),
  };
}

function total(values: Float64Array, times?: GroupTimes): number {
  let sum = 0;
  for (let group = 0; group < values.length; group++) {
    sum += values[group]! * (times === undefined ? 1 : times[group]!);
  }
  return sum;
}

/**
 * Independent examples that would tell as much as these grouped ones do. Few disagreements cannot show how they cluster,
 * so the design effect is pulled towards "all alike in a group". Averages over repeats may push it below 1.
 */
function effectiveExamples(
  moments: GroupMoments,
  { worse, better, squares }: { worse: number; better: number; squares: number },
): number {
  const size = meanGroupSize(moments);
  const disagreements = worse + better;
  const mean = (worse - better) / moments.t;
  const single = disagreements / moments.t - mean * mean;
  const observed = single > 1e-12 ? (ratioVariance(moments) * (moments.t - 1)) / single : size;
  const least = disagreements > 0 ? squares / disagreements : 1;
  const effect = Math.max(least, (disagreements * observed + size) / (disagreements + 1));
  const correlation = size > 1 ? Math.min(1, Math.max(0, (effect - 1) / (size - 1))) : 0;
  const correction =
    studentQuantile(UPPER_PROBABILITY, Math.max(1, moments.t - 1)) /
    studentQuantile(UPPER_PROBABILITY, degreesOfFreedom(moments, correlation));
  return (moments.t / effect) * Math.min(1, correction * correction);
}

interface PairedCounts {
  n: number;
  worse: number;
  better: number;
}

/** Where Tango's score statistic leaves ±z, by bisection between the observed difference and ±1. */
function tangoBound(counts: PairedCounts, sign: 1 | -1): number {
  const z = normalQuantile(UPPER_PROBABILITY);
  let inside = (counts.worse - counts.better) / counts.n;
  let outside: number = sign;
  for (let step = 0; step < 40; step++) {
    const middle = (inside + outside) / 2;
    if (Math.abs(tangoScore(counts, middle)) < z) inside = middle;
    else outside = middle;
  }
  return (inside + outside) / 2;
}

/** Tango's score statistic for "the true difference is `difference`" (Statistics in Medicine 17, 1998). */
function tangoScore({ n, worse, better }: PairedCounts, difference: number): number {
  const b = -worse - better + (2 * n - worse + better) * difference;
  const c = -better * difference * (1 - difference);
  const share = (Math.sqrt(Math.max(0, b * b - 8 * n * c)) - b) / (4 * n);
  const variance = n * (2 * share + difference * (1 - difference));
  const distance = worse - better - n * difference;
  if (variance <= 0) return distance === 0 ? 0 : Math.sign(distance) * Infinity;
  return distance / Math.sqrt(variance);
}
