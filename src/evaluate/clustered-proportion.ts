import type { Estimate } from '../schema/report.ts';
import { degreesOfFreedom, meanGroupSize, ratioVariance, type GroupMoments } from './group-moments.ts';
import { normalQuantile, studentQuantile } from './student-quantile.ts';

/** Two-sided 95 %. */
export const UPPER_PROBABILITY = 0.975;
const Z = normalQuantile(UPPER_PROBABILITY);

/** How many trials' worth of belief in "a group's trials all come out alike" the design effect starts from. */
const PRIOR_WEIGHT = 1;

/**
 * A proportion with a 95 % interval for trials that come in groups: Wilson's interval (1927) at the effective number of
 * trials, which the design effect and a correction for few groups reduce (Korn & Graubard 1998; Dean & Pavlou 2015).
 * null when there were no trials; bounds are null when there was only one group.
 */
export function clusteredProportion(moments: GroupMoments): Estimate | null {
  if (moments.t <= 0) return null;
  const value = clamp(moments.s / moments.t);
  if (moments.groups < 2) return { value, low: null, high: null };
  return { value, ...wilson(value, effectiveTrials(moments)) };
}

/** Wilson's 95 % interval of a proportion; defined and inside [0, 1] for any number of trials > 0. */
export function wilson(proportion: number, trials: number): { low: number; high: number } {
  const z2 = Z * Z;
  const centre = (proportion + z2 / (2 * trials)) / (1 + z2 / trials);
  const half =
    (Z / (1 + z2 / trials)) *
    Math.sqrt((proportion * (1 - proportion)) / trials + z2 / (4 * trials * trials));
  return {
    low: Math.min(proportion, clamp(centre - half)),
    high: Math.max(proportion, clamp(centre + half)),
  };
}

/** Trials that independent draws would need to tell as much as these grouped ones do. */
export function effectiveTrials(moments: GroupMoments): number {
  const effect = designEffect(moments);
  const size = meanGroupSize(moments);
  const correlation = size > 1 ? Math.min(1, Math.max(0, (effect - 1) / (size - 1))) : 0;
  const correction =
    studentQuantile(UPPER_PROBABILITY, Math.max(1, moments.t - 1)) /
    studentQuantile(UPPER_PROBABILITY, degreesOfFreedom(moments, correlation));
  return (moments.t / effect) * Math.min(1, correction * correction);
}

/**
 * Variance of the proportion over that of independent trials, at least 1. Few failures (or successes) cannot show how
 * they cluster, so the estimate is pulled towards "all alike in a group", which it equals when there are none.
 */
export function designEffect(moments: GroupMoments): number {
  const p = clamp(moments.s / moments.t);
  const size = meanGroupSize(moments);
  const rarer = Math.min(p, 1 - p) * moments.t;
  if (rarer <= 1e-9) return Math.max(1, size);
  const observed = (ratioVariance(moments) * Math.max(moments.t - 1, 0)) / (p * (1 - p));
  return Math.max(1, (rarer * observed + PRIOR_WEIGHT * size) / (rarer + PRIOR_WEIGHT));
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
