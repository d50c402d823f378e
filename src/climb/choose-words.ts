import type { Estimate, Report } from '../schema/report.ts';
import { savingInWords } from './choose-cost.ts';
import { estimateOf, metricOf, type ChoiceCandidate, type ChoiceOptions, type Compare } from './choose.ts';

/** All that the words are made of. */
export interface ChoiceFacts {
  candidates: readonly ChoiceCandidate[];
  options: ChoiceOptions;
  /** Candidates from cheapest to dearest. */
  order: readonly number[];
  violations: readonly (readonly string[])[];
  /** Best of all on validation, within the limits or not. */
  best: number | null;
  /** The choice, and the best it was compared with. */
  picked: { best: number; chosen: number } | null;
  quality: Estimate | null;
  compare: Compare;
}

/** The report's `choice`: names, figures, and sentences for product engineers. */
export function choiceInWords(facts: ChoiceFacts): Report['choice'] {
  const { candidates, best, picked, quality } = facts;
  return {
    chosen: picked === null ? null : candidates[picked.chosen]!.name,
    best: best === null ? null : candidates[best]!.name,
    quality,
    reasons: picked === null ? [] : [],
    needed: [],
  };
}
