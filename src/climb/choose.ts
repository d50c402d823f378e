import { compareLoss, differenceOf, isNonInferior } from '../evaluate/comparison.ts';
import type { GroupTimes } from '../evaluate/group-sums.ts';
import { pairAnswers, type PairedAnswers } from '../evaluate/paired-answers.ts';
import type { Comparison, Estimate, Report } from '../schema/report.ts';
import { cheapestFirst } from './choose-cost.ts';
import {
  estimateOf,
  type ChoiceCandidate,
  type ChoiceFacts,
  type ChoiceOptions,
  type Compare,
} from './choose-facts.ts';
import { limitViolations } from './choose-limits.ts';
import { neededOf } from './choose-needed.ts';
import { measuredReasonsOf, reasonsOf } from './choose-reasons.ts';
import { applyRule, bestOf, type RuleInput } from './choose-rule.ts';
import { unbiasedQuality } from './choose-unbiased.ts';

const DEFAULT_RESAMPLES = 300;

/** The choice, and what it found out about each candidate, in the order given. */
export interface ChoiceResult {
  candidates: {
    name: string;
    comparison: Comparison | null;
    withinLimits: boolean;
    limitViolations: string[];
  }[];
  choice: Report['choice'];
  /** Reasons for the choice that rest on measured time and money. */
  measuredReasons: string[];
}

/**
 * Chooses the cheapest candidate within the limits that is non-inferior to the best of those. A candidate must reach
 * `minQuality` with its point estimate where the choice is made; when the chosen one's interval does not exclude being
 * under it, `needed` says so and how many examples would settle it. Comparisons are against the best of all, within the
 * limits or not. Throws `evaluate/nothing-in-common` when two candidates share no example.
 */
export function chooseCandidate(
  candidates: readonly ChoiceCandidate[],
  options: ChoiceOptions,
): ChoiceResult {
  const violations = candidates.map(({ measured }) => limitViolations(measured, options.limits));
  const compare = pairwise(candidates, options);
  const rule: RuleInput = {
    cheapestFirst: cheapestFirst(candidates.map(({ measured }) => measured)),
    isEligible: (index) =>
      violations[index]!.length === 0 &&
      estimateOf(candidates[index]!.validation, options).value >= (options.minQuality ?? 0) &&
      estimateOf(candidates[index]!.validation, options).value > (options.baseline?.value ?? -1),
    compare,
  };
  const picked = applyRule(rule);
  const best = bestOf(rule.cheapestFirst, rule);
  const quality = picked === null ? null : qualityOf(candidates, picked.chosen, { options, rule, compare });
  const facts: ChoiceFacts = {
    candidates,
    options,
    cheapestFirst: rule.cheapestFirst,
    violations,
    best,
    picked,
    quality,
    compare,
  };
  return {
    candidates: candidates.map(({ name }, index) => ({
      name,
      comparison: comparisonWithBest(facts, index),
      withinLimits: violations[index]!.length === 0,
      limitViolations: violations[index]!,
    })),
    choice: {
      chosen: picked === null ? null : candidates[picked.chosen]!.name,
      best: best === null ? null : candidates[best]!.name,
      quality,
      reasons: reasonsOf(facts),
      needed: neededOf(facts),
    },
    measuredReasons: measuredReasonsOf(facts),
  };
}

function comparisonWithBest({ candidates, options, best }: ChoiceFacts, index: number): Comparison | null {
  if (best === null || best === index) return null;
  const reference = candidates[best]!;
  return compareLoss(candidates[index]!.scored, reference.scored, { ...options, against: reference.name });
}

/** Pairs two candidates once, however often they are compared on resamples. */
function pairwise(candidates: readonly ChoiceCandidate[], { metric, tolerance }: ChoiceOptions): Compare {
  const known = new Map<string, { pairs: PairedAnswers; difference: (times?: GroupTimes) => Estimate }>();
  const pairOf = (candidate: number, reference: number) => {
    const pairs = pairAnswers(candidates[candidate]!.scored, candidates[reference]!.scored);
    return { pairs, difference: differenceOf(pairs, metric) };
  };
  return (candidate, reference, times) => {
    const key = `${candidate} ${reference}`;
    const pair = known.get(key) ?? pairOf(candidate, reference);
    known.set(key, pair);
    const difference = pair.difference(times);
    const nonInferior = isNonInferior(pair.pairs, difference, tolerance);
    return { difference, nonInferior, examples: pair.pairs.examples };
  };
}

/** The chosen one's quality free of selection bias: on held-out, or by the corrected cross-validation. */
function qualityOf(
  candidates: readonly ChoiceCandidate[],
  chosen: number,
  { options, rule, compare }: { options: ChoiceOptions; rule: RuleInput; compare: Compare },
): Estimate {
  const { validation, heldOut } = candidates[chosen]!;
  if (options.protocol.kind === 'held-out') return estimateOf(heldOut ?? validation, options);
  return unbiasedQuality(
    candidates.map(({ scored }) => scored),
    estimateOf(validation, options),
    {
      metric: options.metric,
      seed: options.seed,
      resamples: options.resamples ?? DEFAULT_RESAMPLES,
      choose: (times) => applyRule({ ...rule, compare: (a, b) => compare(a, b, times) })?.chosen ?? null,
    },
  );
}
