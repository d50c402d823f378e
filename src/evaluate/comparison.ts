import type { Comparison, Estimate } from '../schema/report.ts';
import { accuracyDifference, accuracyDifferences } from './accuracy-difference.ts';
import type { GroupTimes } from './group-sums.ts';
import { macroF1Difference } from './macro-f1-difference.ts';
import { pairAnswers, type PairedAnswers } from './paired-answers.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

export interface ComparisonOptions {
  /** Name of the reference. */
  against: string;
  metric: 'accuracy' | 'macro-f1';
  /** Largest loss, as a share, that still counts as equally good. */
  tolerance: number;
  /** Taken for the sake of one signature over all metrics; both present ones have closed forms. */
  seed: number;
}

/**
 * The paired difference of loss (reference's metric minus candidate's; positive is worse) on the examples both answered,
 * with its 95 % interval over groups. Non-inferior means that the interval shown ends below `tolerance`: the upper bound
 * of a two-sided 95 % interval, so a candidate that is worse by `tolerance` passes in 2.5 % of cases, and a reader can
 * check the verdict against the interval. Identical answers are non-inferior whatever the interval.
 * Throws `evaluate/nothing-in-common` when no example was answered by both.
 */
export function compareLoss(
  candidate: ScoredPredictions,
  reference: ScoredPredictions,
  options: ComparisonOptions,
): Comparison {
  const pairs = pairAnswers(candidate, reference);
  const difference = differenceOf(pairs, options.metric)();
  return {
    against: options.against,
    examples: pairs.examples,
    difference,
    nonInferior: isNonInferior(pairs, difference, options.tolerance),
  };
}

/** The paired difference of loss as a function of how often each group is drawn (for resampling; once when left out). */
export function differenceOf(
  pairs: PairedAnswers,
  metric: ComparisonOptions['metric'],
): (times?: GroupTimes) => Estimate {
  if (metric === 'macro-f1') return macroF1Difference(pairs);
  const differences = accuracyDifferences(pairs);
  return (times) => accuracyDifference(differences, times);
}

/** The verdict `compareLoss` gives on a difference. */
export function isNonInferior(pairs: PairedAnswers, difference: Estimate, tolerance: number): boolean {
  return pairs.identical || (difference.high !== null && difference.high < tolerance);
}
