import type { Estimate } from '../schema/report.ts';

/** What the rule of choice needs to know; candidates are numbers. */
export interface RuleInput {
  /** Candidates from cheapest to dearest. */
  cheapestFirst: readonly number[];
  /** Within the limits and good enough. */
  isEligible(candidate: number): boolean;
  /** Paired difference of loss, positive when the candidate is worse, and the verdict on it. */
  compare(candidate: number, reference: number): { difference: Estimate; nonInferior: boolean };
}

/** The cheapest eligible candidate that is non-inferior to the best eligible one; null when none is eligible. */
export function applyRule(input: RuleInput): { best: number; chosen: number } | null {
  const eligible = input.cheapestFirst.filter((candidate) => input.isEligible(candidate));
  const best = bestOf(eligible, input);
  if (best === null) return null;
  const chosen = eligible.find(
    (candidate) => candidate === best || input.compare(candidate, best).nonInferior,
  );
  return { best, chosen: chosen ?? best };
}

/**
 * The candidate with the smallest loss, the first of equals. Each is compared with the best so far on the examples both
 * saw, since a dear candidate's own figure comes from a subset.
 */
export function bestOf(
  candidates: readonly number[],
  { compare }: Pick<RuleInput, 'compare'>,
): number | null {
  let best: number | null = null;
  for (const candidate of candidates) {
    if (best === null || compare(candidate, best).difference.value < 0) best = candidate;
  }
  return best;
}
