import type { WatchState } from './watch-plan.ts';

/** Answers of one model that somebody judged. Counts may be fractions: see `designEffect`. */
export interface JudgedAnswers {
  readonly judged: number;
  readonly accepted: number;
}

/** A canary's answers and those it is compared with. */
export interface AcceptanceCounts {
  readonly canary: JudgedAnswers;
  readonly live: JudgedAnswers;
}

/**
 * Where the watch of "is canary − live below `null`?" is. Its distance is the signed root of the likelihood ratio, whose
 * distribution is close to normal even for few and lopsided counts, where the plain score's is skewed. Its clock is the information
 * there would be if the difference were `alternative`, so that the deadline of a plan means the same at every level of acceptance.
 * A positive score speaks for the alternative.
 */
export function differenceState(
  { canary, live }: AcceptanceCounts,
  { null: shift, alternative }: { null: number; alternative: number },
): WatchState {
  if (canary.judged === 0 || live.judged === 0) return { score: 0, information: 0 };
  const share = restrictedShare(canary, live, shift);
  const ratio = likelihoodRatio(canary, share + shift) + likelihoodRatio(live, share);
  const variance = spread(share + alternative) / canary.judged + spread(share) / live.judged;
  const observed = canary.accepted / canary.judged - live.accepted / live.judged;
  const side = Math.sign(observed - shift) * Math.sign(alternative - shift);
  const information = 1 / variance;
  return { score: side * Math.sqrt(Math.max(0, 2 * ratio) * information), information };
}

/** Variance of one answer; never 0, because no count of answers shows that a share is exactly 0 or 1. */
function spread(share: number): number {
  const inside = Math.min(1 - EDGE, Math.max(EDGE, share));
  return inside * (1 - inside);
}

const EDGE = 1e-3;

/** How much better the observed share explains the counts than `share` does: logarithm of the ratio of likelihoods. */
function likelihoodRatio({ judged, accepted }: JudgedAnswers, share: number): number {
  const rejected = judged - accepted;
  const hit = accepted > 0 ? accepted * Math.log(accepted / (judged * share)) : 0;
  const miss = rejected > 0 ? rejected * Math.log(rejected / (judged * (1 - share))) : 0;
  return hit + miss;
}

/** The most likely share of live when the canary's is that plus `shift` (Miettinen & Nurminen 1985). */
function restrictedShare(canary: JudgedAnswers, live: JudgedAnswers, shift: number): number {
  if (shift === 0) return (canary.accepted + live.accepted) / (canary.judged + live.judged);
  let low = Math.max(0, -shift);
  let high = Math.min(1, 1 - shift);
  // The likelihood is concave in the share, so its derivative changes its sign once.
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (slope(live, middle) + slope(canary, middle + shift) > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

function slope({ judged, accepted }: JudgedAnswers, share: number): number {
  return accepted / share - (judged - accepted) / (1 - share);
}
