import { type AcceptanceCounts, differenceState } from './acceptance-difference.ts';
import { type WatchPlan, watchEvidence } from './watch-plan.ts';

/** The evidence that canary − live is below 0. */
export function evidenceOfLoss(plan: WatchPlan, counts: AcceptanceCounts): number {
  return watchEvidence(plan, differenceState(counts, { null: 0, alternative: -plan.margin }));
}

/** The evidence that canary − live is above −margin: that the canary is not inferior. */
export function evidenceOfNonInferiority(plan: WatchPlan, counts: AcceptanceCounts): number {
  return watchEvidence(plan, differenceState(counts, { null: -plan.margin, alternative: 0 }));
}

/**
 * Bounds of canary − live, made of the same evidence: the upper one is below 0 exactly when `loss` shows a loss, the lower one above
 * −margin exactly when `gain` shows non-inferiority. Each is ever wrong with a chance of at most its plan's level.
 */
export function differenceBounds(
  { loss, gain }: { loss: WatchPlan; gain: WatchPlan },
  counts: AcceptanceCounts,
): { low: number; high: number } {
  if (counts.canary.judged === 0 || counts.live.judged === 0) return { low: -1, high: 1 };
  const observed = counts.canary.accepted / counts.canary.judged - counts.live.accepted / counts.live.judged;
  return {
    low: edge(observed, -1, (difference) => isRefuted(gain, counts, difference, 1)),
    high: edge(observed, 1, (difference) => isRefuted(loss, counts, difference, -1)),
  };
}

/** Whether the counts speak for a difference further `towards` one side than this one. */
function isRefuted(plan: WatchPlan, counts: AcceptanceCounts, difference: number, towards: 1 | -1): boolean {
  const alternative = difference + towards * plan.margin;
  const state = differenceState(counts, { null: difference, alternative });
  return watchEvidence(plan, state) >= 1 / plan.level;
}

/** Where differences begin to be refuted on the way from the observed one to the end of the scale; the end when none is. */
function edge(observed: number, end: number, refuted: (difference: number) => boolean): number {
  let inside = observed;
  let outside = end;
  for (let step = 0; step < 40; step++) {
    const middle = (inside + outside) / 2;
    if (refuted(middle)) outside = middle;
    else inside = middle;
  }
  return (inside + outside) / 2;
}
