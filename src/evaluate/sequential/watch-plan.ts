import { normalQuantile } from '../student-quantile.ts';
import { normalTail } from './normal-tail.ts';

/**
 * Evidence about a difference that may be looked at as often as one likes. In terms of a Brownian motion B(t), whose time is the
 * information (one over the variance of the estimated difference) and whose value is difference × information, it is the wealth
 * of a gambler who starts with 1 and bets against "the difference is not above 0". Under that hypothesis the wealth is a
 * nonnegative supermartingale, so it ever reaches 1 / level with a chance of at most `level` (Ville 1939).
 */
export interface WatchPlan {
  /** Chance of a false alarm over the whole time. */
  readonly level: number;
  /** The difference it is made to see. */
  readonly margin: number;
  /** Information by which a difference of exactly the margin is seen with a chance of `POWER`. */
  readonly needed: number;
  readonly goal: Goal | null;
  readonly bets: readonly Bet[];
}

interface Goal {
  readonly weight: number;
  readonly deadline: number;
  /** What B must reach. */
  readonly line: number;
  /** Chance of that without a difference. */
  readonly chance: number;
}

interface Bet {
  readonly weight: number;
  readonly difference: number;
}

/** Where the motion is: `score` is difference × information. */
export interface WatchState {
  readonly score: number;
  readonly information: number;
}

/** Chance that a difference of exactly the margin is seen once the needed information is there. */
export const POWER = 0.86;

/** What is left beside the goal or the main bet: differences of this many margins. */
const GROSS_BETS = [
  { weight: 0.05, margins: 4 },
  { weight: 0.04, margins: 14 },
] as const;
const LARGEST_BET = 0.6;
const GOAL_WEIGHT = 0.81;
const MAIN_WEIGHT = 0.91;

/**
 * Sees the margin soonest. Most of the money goes to a goal by a deadline: it wins if B reaches a line before there is enough
 * information (O'Brien & Fleming 1979 put such a line under a trial). The wealth at a time is the chance that this still happens
 * without a difference, over the same chance at the start (Koning & van Meer 2026: the conditional chance of rejecting makes a test
 * for a fixed number of observations one for any time). This needs a fifth less information than Wald's likelihood ratio, on which
 * the rest is bet: gross differences are seen early, and what was missed by the deadline is seen later.
 */
export function planQuickWatch({ margin, level }: { margin: number; level: number }): WatchPlan {
  const chance = GOAL_WEIGHT * level;
  const standardLine = normalQuantile(1 - chance / 2);
  const needed = solve(20, (distance) => chanceToReach(standardLine, distance) >= POWER) ** 2 / margin ** 2;
  const goal = { weight: GOAL_WEIGHT, chance, deadline: needed, line: standardLine * Math.sqrt(needed) };
  const rest = MAIN_WEIGHT - GOAL_WEIGHT;
  return { level, margin, needed, goal, bets: [{ weight: rest, difference: margin }, ...grossBets(margin)] };
}

/** Wald's likelihood ratio against the margin and gross differences alone: somewhat slower, but what is shown once only becomes clearer. */
export function planSteadyWatch({ margin, level }: { margin: number; level: number }): WatchPlan {
  const bets = [{ weight: MAIN_WEIGHT, difference: margin }, ...grossBets(margin)];
  // In units of 1 / margin², the line of the main bet is start + time / 2 under a drift of 1.
  const start = Math.log(1 / (level * MAIN_WEIGHT));
  const time = solve(100, (end) => chanceToReach(start / Math.sqrt(end), Math.sqrt(end) / 2) >= POWER);
  return { level, margin, needed: time / margin ** 2, goal: null, bets };
}

function grossBets(margin: number): Bet[] {
  return GROSS_BETS.map(({ weight, margins }) => ({
    weight,
    difference: Math.max(margin, Math.min(LARGEST_BET, margin * margins)),
  }));
}

/** The evidence after so much information: at 1 / level the watch is decided. */
export function watchEvidence({ goal, bets }: WatchPlan, { score, information }: WatchState): number {
  let wealth = goal === null ? 0 : goal.weight * goalWealth(goal, { score, information });
  for (const { weight, difference } of bets) {
    wealth += weight * Math.exp(difference * score - (difference * difference * information) / 2);
  }
  return wealth;
}

/** The chance of reaching the line in the remaining time, by the reflection principle, over that at the start. */
function goalWealth({ deadline, line, chance }: Goal, { score, information }: WatchState): number {
  const remaining = deadline - information;
  if (remaining < 0) return 0;
  if (score >= line) return 1 / chance;
  return (2 * normalTail((line - score) / Math.sqrt(remaining))) / chance;
}

/** The smallest score that decides after so much information; above 0. */
export function decidingScore(plan: WatchPlan, information: number): number {
  const enough = 1 / plan.level;
  let most = Math.sqrt(information) * 2;
  while (watchEvidence(plan, { score: most, information }) < enough) most *= 2;
  return solve(most, (score) => watchEvidence(plan, { score, information }) >= enough);
}

/** The chance that a Brownian motion with this drift reaches the line within time 1 (Siegmund 1985, 3.14). */
function chanceToReach(line: number, drift: number): number {
  return normalTail(line - drift) + Math.exp(2 * drift * line) * normalTail(line + drift);
}

/** The smallest value up to `most` that is enough, by bisection. */
function solve(most: number, isEnough: (value: number) => boolean): number {
  let low = 0;
  let high = most;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
}
