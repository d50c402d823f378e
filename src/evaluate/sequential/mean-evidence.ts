import { planSteadyWatch, type WatchPlan, watchEvidence, decidingScore } from './watch-plan.ts';

/** Amounts (costs) by their count, sum and sum of squares. */
export interface Amounts {
  readonly count: number;
  readonly sum: number;
  readonly squares: number;
}

/** Fewer amounts than this say nothing: their spread is not known yet. */
export const FEWEST_AMOUNTS = 30;
/** Relative difference that a watch of a mean is made to see. */
const MARGIN = 0.1;

/** Evidence that a mean is above (below) a limit. Asymptotic (Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas 2024): amounts have no known bound. */
export function meanEvidence(
  limit: number,
  amounts: Amounts,
  { side, level }: { side: 'above' | 'below'; level: number },
): number {
  if (amounts.count < FEWEST_AMOUNTS) return 0;
  const { mean, information } = stateOf(amounts, limit);
  const difference = side === 'above' ? mean - 1 : 1 - mean;
  return watchEvidence(planOf(level), { score: difference * information, information });
}

/** Bounds of a mean that hold at all times at once, each with a chance of `level` to ever be wrong; null when there are too few amounts. */
export function meanBounds(amounts: Amounts, level: number): { low: number; high: number } | null {
  if (amounts.count < FEWEST_AMOUNTS) return null;
  const scale = amounts.sum / amounts.count || 1;
  const { mean, information } = stateOf(amounts, scale);
  const half = decidingScore(planOf(level), information) / information;
  return { low: Math.max(0, (mean - half) * scale), high: (mean + half) * scale };
}

function planOf(level: number): WatchPlan {
  return planSteadyWatch({ margin: MARGIN, level });
}

/** Mean and information in units of `scale`. A spread of nothing is taken as one of a thousandth. */
function stateOf({ count, sum, squares }: Amounts, scale: number): { mean: number; information: number } {
  const mean = sum / count;
  const variance = Math.max((squares - sum * mean) / (count - 1), (mean * 1e-3) ** 2, 1e-18);
  return { mean: mean / scale, information: (count * scale * scale) / variance };
}
