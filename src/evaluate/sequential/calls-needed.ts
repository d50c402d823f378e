import type { WatchPlan } from './watch-plan.ts';

/** What decides how long a watch takes. */
export interface WatchedTraffic {
  /** Share of accepted answers of whoever answers now. */
  readonly acceptance: number;
  /** Share of calls that the canary answers. */
  readonly share: number;
  /** Share of answers that somebody judges. */
  readonly feedbackRate: number;
  /** How many times fewer independent verdicts would tell as much. */
  readonly designEffect?: number;
}

/** Calls, of both sides together, within which a loss of exactly the plan's margin is seen with a chance of `POWER`. */
export function callsToSeeLoss(plan: WatchPlan, traffic: WatchedTraffic): number {
  const { acceptance, share, feedbackRate, designEffect = 1 } = traffic;
  const variance = spread(acceptance - plan.margin) / share + spread(acceptance) / (1 - share);
  return Math.ceil((plan.needed * variance * designEffect) / feedbackRate);
}

function spread(share: number): number {
  const inside = Math.min(1, Math.max(0, share));
  return inside * (1 - inside);
}
