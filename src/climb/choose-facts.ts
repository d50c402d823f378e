import type { GroupTimes } from '../evaluate/group-sums.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Estimate, Measured, Quality, Report } from '../schema/report.ts';

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
  /** What always answering the commonest class scores; a candidate that is no better is not chosen. */
  baseline?: { label: string; value: number };
  limits: Report['limits'];
  protocol: Report['protocol'];
  seed: number;
  /** Resamples of the selection-bias correction in a cross-validation; 300 when left out. */
  resamples?: number;
}

/** Compares two candidates by number, on all groups or on a draw of them. */
export type Compare = (
  candidate: number,
  reference: number,
  times?: GroupTimes,
) => { difference: Estimate; nonInferior: boolean; examples: number };

/** What was found, before it is put into words. Candidates are numbers. */
export interface ChoiceFacts {
  candidates: readonly ChoiceCandidate[];
  options: ChoiceOptions;
  cheapestFirst: readonly number[];
  /** Sentences, one list per candidate. */
  violations: readonly (readonly string[])[];
  /** Best of all on validation, within the limits or not. */
  best: number | null;
  /** The choice, and the best of those that may be chosen. */
  picked: { best: number; chosen: number } | null;
  /** The chosen one's, free of selection bias. */
  quality: Estimate | null;
  compare: Compare;
}

/** The estimate of the task's metric. */
export function estimateOf(quality: Quality, { metric }: Pick<ChoiceOptions, 'metric'>): Estimate {
  return metric === 'accuracy' ? quality.accuracy : quality.macroF1;
}
