import type { Estimate } from '../schema/report.ts';
import type { ClassMoments } from './class-moments.ts';
import { designEffect, UPPER_PROBABILITY, wilson } from './clustered-proportion.ts';
import { f1Of, macroF1Of, type Confusion } from './confusion.ts';
import { degreesOfFreedom, ratioVariance, type GroupMoments } from './group-moments.ts';
import type { ScoredPredictions } from './scored-predictions.ts';
import { normalQuantile, studentQuantile } from './student-quantile.ts';

/** F1 for a Jaccard index, and so for its bounds. */
export function f1OfJaccard(jaccard: number): number {
  return (2 * jaccard) / (1 + jaccard);
}

/**
 * How much each row moves macro-F1 (its influence function times 1/n), one number per row, summing to 0 with the rows'
 * weights applied.
 */
export function macroF1Influence(
  scored: ScoredPredictions,
  weights: Float64Array,
  confusion: Confusion,
): Float64Array {
  const { gain, cost } = influenceOfAnswers(confusion);
  return Float64Array.from(weights, (weight, row) => {
    const expected = scored.expected[row]!;
    const predicted = scored.predicted[row]!;
    if (expected === predicted) return weight * gain[expected]!;
    return weight * (cost[expected]! + (predicted < 0 ? 0 : cost[predicted]!));
  });
}

/** Per label: what one more right answer adds to macro-F1, and what one more miss or false alarm takes away (≤ 0). */
function influenceOfAnswers(confusion: Confusion): { gain: Float64Array; cost: Float64Array } {
  const gain = new Float64Array(confusion.labels);
  const cost = new Float64Array(confusion.labels);
  const f1s = Array.from({ length: confusion.labels }, (_, label) => f1Of(confusion, label));
  const defined = f1s.filter((f1) => f1 !== null).length;
  for (const [label, f1] of f1s.entries()) {
    if (f1 === null) continue;
    const sum = (confusion.expected[label]! + confusion.predicted[label]!) * defined;
    gain[label] = (2 - 2 * f1) / sum;
    cost[label] = -f1 / sum;
  }
  return { gain, cost };
}

/**
 * Macro-F1 with a 95 % interval: each label's interval (Wilson's on its Jaccard index) recovers the variance that rare
 * labels hide, and their sum (MOVER: Zou & Donner 2008) is scaled by how far labels vary together over groups.
 */
export function macroF1Estimate(
  confusion: Confusion,
  influence: GroupMoments,
  classes: readonly ClassMoments[],
): Estimate {
  const value = macroF1Of(confusion);
  if (influence.groups < 2) return { value, low: null, high: null };
  const margins = classes.map(({ jaccard }) => marginsOfLabel(jaccard, value));
  const defined = classes.filter(({ jaccard }) => jaccard.t > 0);
  const apart = defined.reduce((sum, { jaccard }) => sum + f1Variance(jaccard), 0);
  const together = varianceOfSum(influence) * defined.length ** 2;
  const scale = (apart > 0 ? together / apart : 1) * fewGroupsCorrection(influence);
  const centre = value + missing(confusion, scale) / Math.max(1, defined.length);
  const below = Math.sqrt(scale * sumOf(margins, 'below')) / margins.length;
  const above = Math.sqrt(scale * sumOf(margins, 'above')) / margins.length;
  return {
    value,
    low: Math.max(0, Math.min(value, centre - below)),
    high: Math.min(1, Math.max(value, centre + above)),
  };
}

/** What small counts take from the sum of the labels' F1 on average: f(1 - f) / D each, D = expected + predicted, to second order. */
function missing(confusion: Confusion, designEffectOfAll: number): number {
  let sum = 0;
  for (let label = 0; label < confusion.labels; label++) {
    const f1 = f1Of(confusion, label);
    if (f1 === null) continue;
    sum += (f1 * (1 - f1)) / (confusion.expected[label]! + confusion.predicted[label]!);
  }
  return sum * Math.max(1, designEffectOfAll);
}

interface Margins {
  below: number;
  above: number;
}

/** Squared distances from a label's F1 to its bounds; a label never seen may have any F1. */
function marginsOfLabel(jaccard: GroupMoments, otherwise: number): Margins {
  if (jaccard.t <= 0) return { below: otherwise ** 2, above: (1 - otherwise) ** 2 };
  const share = Math.min(1, Math.max(0, jaccard.s / jaccard.t));
  const { low, high } = wilson(share, jaccard.t / designEffect(jaccard));
  const f1 = f1OfJaccard(share);
  return { below: (f1 - f1OfJaccard(low)) ** 2, above: (f1OfJaccard(high) - f1) ** 2 };
}

function sumOf(margins: readonly Margins[], side: keyof Margins): number {
  return margins.reduce((sum, margin) => sum + margin[side], 0);
}

/** Variance of one label's F1: the Jaccard index's, through the derivative 2 / (1 + J)². */
function f1Variance(jaccard: GroupMoments): number {
  return ratioVariance(jaccard) * (2 / (1 + jaccard.s / jaccard.t) ** 2) ** 2;
}

/** Variance of a sum of influences whose mean is 0, groups being what was drawn. */
export function varianceOfSum(influence: GroupMoments): number {
  return (influence.groups / (influence.groups - 1)) * influence.ss;
}

function fewGroupsCorrection(influence: GroupMoments): number {
  const t = studentQuantile(UPPER_PROBABILITY, degreesOfFreedom(influence, 0));
  return (t / normalQuantile(UPPER_PROBABILITY)) ** 2;
}
