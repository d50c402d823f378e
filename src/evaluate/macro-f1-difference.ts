import type { Estimate } from '../schema/report.ts';
import { UPPER_PROBABILITY } from './clustered-proportion.ts';
import { confusionOf, macroF1Of, type Confusion } from './confusion.ts';
import { degreesOfFreedom, meanGroupSize } from './group-moments.ts';
import { drawnWeights, momentsOf, sumsByGroup, type GroupTimes } from './group-sums.ts';
import { macroF1Influence, varianceOfSum } from './macro-f1.ts';
import type { PairedAnswers } from './paired-answers.ts';
import { rowWeights } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';
import { studentQuantile } from './student-quantile.ts';

/**
 * Reference's macro-F1 minus candidate's, with a t interval from the linearised variance over groups, to which the
 * variance of one more disagreement on each side is added, since seeing none does not prove that there are none.
 * A function of how often each group is drawn; what does not depend on that is computed once.
 */
export function macroF1Difference(pairs: PairedAnswers): (times?: GroupTimes) => Estimate {
  const candidateSide = sideOf(pairs.candidate);
  const referenceSide = sideOf(pairs.reference);
  const examples = sumsByGroup(pairs.reference.group, rowWeights(pairs.reference));
  return (times) => {
    const candidate = candidateSide(times);
    const reference = referenceSide(times);
    const value = reference.value - candidate.value;
    const difference = reference.influence.map((influence, group) => influence - candidate.influence[group]!);
    const moments = momentsOf(difference, examples, times);
    if (moments.groups < 2) return { value, low: null, high: null };
    const unseen = meanGroupSize(moments) * (candidate.oneAnswer + reference.oneAnswer);
    const t = studentQuantile(UPPER_PROBABILITY, degreesOfFreedom(moments, 0));
    const half = t * Math.sqrt(varianceOfSum(moments) + unseen);
    return { value, low: Math.max(-1, value - half), high: Math.min(1, value + half) };
  };
}

interface Side {
  value: number;
  /** Per group: how far one draw of it moves macro-F1. */
  influence: Float64Array;
  /** Mean square of what one answer more right would add. */
  oneAnswer: number;
}

function sideOf(scored: ScoredPredictions): (times?: GroupTimes) => Side {
  const weights = rowWeights(scored);
  return (times) => {
    const confusion = confusionOf(scored, drawnWeights(weights, scored.group, times));
    return {
      value: macroF1Of(confusion),
      influence: sumsByGroup(scored.group, macroF1Influence(scored, weights, confusion)),
      oneAnswer: oneAnswer(confusion),
    };
  };
}

function oneAnswer(confusion: Confusion): number {
  const sums = confusion.expected.map((count, label) => count + confusion.predicted[label]!);
  const defined = sums.filter((sum) => sum > 0).length;
  let squares = 0;
  let total = 0;
  for (const [label, expected] of confusion.expected.entries()) {
    if (expected === 0) continue;
    const f1 = (2 * confusion.right[label]!) / sums[label]!;
    squares += expected * ((2 - f1) / (sums[label]! * defined)) ** 2;
    total += expected;
  }
  return total === 0 ? 0 : squares / total;
}
