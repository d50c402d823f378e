import { compareLoss, differenceOf, isNonInferior } from '../evaluate/comparison.ts';
import type { GroupTimes } from '../evaluate/group-sums.ts';
import { pairAnswers, type PairedAnswers } from '../evaluate/paired-answers.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Comparison, Estimate, Measured, Quality, Report } from '../schema/report.ts';
import { cheapestFirst } from './choose-cost.ts';
import { limitViolations } from './choose-limits.ts';
import { applyRule, bestOf } from './choose-rule.ts';
import { unbiasedQuality } from './choose-unbiased.ts';
import { choiceInWords } from './choose-words.ts';

/** A candidate as the choice sees it. */
export interface ChoiceCandidate {
  name: string;
  /** What the choice is made on: answers on validation, or out of fold. */
  scored: ScoredPredictions;
  validation: Quality;
  /** null in a cross-validation. */
  heldOut: Quality | null;
  measured: Measured;
}

export interface ChoiceOptions {
  metric: Report['metric'];
  tolerance: number;
  minQuality: number | null;
  limits: Report['limits'];
  protocol: Report['protocol'];
  seed: number;
  /** Resamples of the selection-bias correction in a cross-validation; 500 when left out. */
  resamples?: number;
}

/** The choice, and what it found out about each candidate, in the order given. */
export interface ChoiceResult {
  candidates: {
    name: string;
    comparison: Comparison | null;
    withinLimits: boolean;
    limitViolations: string[];
  }[];
  choice: Report['choice'];
}

/**
 * Chooses the cheapest candidate within the limits that is non-inferior to the best of those. A candidate must reach
 * `minQuality` with its point estimate on validation; when its interval does not exclude being under it, `needed` says so
 * and how many examples would settle it. Comparisons are against the best of all, within the limits or not.
 */
export function chooseCandidate(
  candidates: readonly ChoiceCandidate[],
  options: ChoiceOptions,
): ChoiceResult {
  const order = cheapestFirst(candidates.map(({ measured }) => measured));
  const violations = candidates.map(({ measured }) => limitViolations(measured, options.limits));
  const isEligible = (index: number): boolean =>
    violations[index]!.length === 0 &&
    metricOf(candidates[index]!.validation, options) >= (options.minQuality ?? 0);
  const compare = pairwise(candidates, options);
  const rule = { cheapestFirst: order, isEligible, compare: (a: number, b: number) => compare(a, b) };
  const picked = applyRule(rule);
  const best = bestOf(order, rule);
  const quality =
    picked === null ? null : chosenQuality(candidates, picked.chosen, { ...options, rule, compare });
  return {
    candidates: candidates.map(({ name, scored }, index) => ({
      name,
      comparison:
        best === null || best === index
          ? null
          : compareLoss(scored, candidates[best]!.scored, { ...options, against: candidates[best]!.name }),
      withinLimits: violations[index]!.length === 0,
      limitViolations: violations[index]!,
    })),
    choice: choiceInWords({ candidates, options, order, violations, best, picked, quality, compare }),
  };
}

/** The value of the task's metric. */
export function metricOf(quality: Quality, { metric }: Pick<ChoiceOptions, 'metric'>): number {
  return estimateOf(quality, { metric }).value;
}

/** The estimate of the task's metric. */
export function estimateOf(quality: Quality, { metric }: Pick<ChoiceOptions, 'metric'>): Estimate {
  return metric === 'accuracy' ? quality.accuracy : quality.macroF1;
}

/** Compares two candidates by number, on all groups or on a draw of them. */
export type Compare = (
  candidate: number,
  reference: number,
  times?: GroupTimes,
) => { difference: Estimate; nonInferior: boolean };

/** Pairs two candidates once, however often they are compared on resamples. */
function pairwise(candidates: readonly ChoiceCandidate[], { metric, tolerance }: ChoiceOptions): Compare {
  const known = new Map<string, { pairs: PairedAnswers; difference: (times?: GroupTimes) => Estimate }>();
  return (candidate, reference, times) => {
    const key = `${candidate} ${reference}`;
    let pair = known.get(key);
    if (pair === undefined) {
      const pairs = pairAnswers(candidates[candidate]!.scored, candidates[reference]!.scored);
      pair = { pairs, difference: differenceOf(pairs, metric) };
      known.set(key, pair);
    }
    const difference = pair.difference(times);
    return { difference, nonInferior: isNonInferior(pair.pairs, difference, tolerance) };
  };
}

function chosenQuality(
  candidates: readonly ChoiceCandidate[],
  chosen: number,
  context: ChoiceOptions & {
    rule: { cheapestFirst: readonly number[]; isEligible(candidate: number): boolean };
    compare: Compare;
  },
): Estimate {
  const { validation, heldOut } = candidates[chosen]!;
  if (context.protocol.kind === 'held-out') return estimateOf(heldOut ?? validation, context);
  return unbiasedQuality(
    candidates.map(({ scored }) => scored),
    estimateOf(validation, context),
    {
      metric: context.metric,
      seed: context.seed,
      resamples: context.resamples ?? 500,
      choose: (times) =>
        applyRule({ ...context.rule, compare: (a, b) => context.compare(a, b, times) })?.chosen ?? null,
    },
  );
}
