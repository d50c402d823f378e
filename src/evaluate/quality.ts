import { HomegrownError } from '../errors/homegrown-error.ts';
import type { Estimate, Quality } from '../schema/report.ts';
import { calibrationOf } from './calibration.ts';
import { qualityMoments, type ClassMoments } from './class-moments.ts';
import { clusteredProportion } from './clustered-proportion.ts';
import { confusionOf, type Confusion } from './confusion.ts';
import { momentsOf, sumsByGroup } from './group-sums.ts';
import { f1OfJaccard, macroF1Estimate, macroF1Influence } from './macro-f1.ts';
import { countDistinct, rowWeights } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

const DEFAULT_RESAMPLES = 1000;

export interface QualityOptions {
  seed: number;
  /** Bootstrap resamples for the calibration interval; 1,000 when left out. */
  resamples?: number;
}

/**
 * A candidate's quality on a set of predictions, each number with its 95 % interval, groups being the unit of chance.
 * Every example counts once, however many repeats of a cross-validation predicted it.
 * Intervals say how far another draw of groups would move the number; they hold for one data set and one training of the
 * model. Throws `evaluate/no-predictions` when there is no row.
 */
export function evaluateQuality(scored: ScoredPredictions, options: QualityOptions): Quality {
  requireRows(scored);
  const weights = rowWeights(scored);
  const confusion = confusionOf(scored, weights);
  const moments = qualityMoments(scored, weights);
  const influence = momentsOf(
    sumsByGroup(scored.group, macroF1Influence(scored, weights, confusion)),
    sumsByGroup(scored.group, weights),
  );
  return {
    examples: countDistinct(scored.example),
    groups: countDistinct(scored.group),
    accuracy: clusteredProportion(moments.accuracy)!,
    macroF1: macroF1Estimate(confusion, influence, moments.classes),
    classes: scored.labels.map((label, index) =>
      classQuality(label, confusion, index, moments.classes[index]!),
    ),
    calibration: calibrationOf(scored, weights, {
      seed: options.seed,
      resamples: options.resamples ?? DEFAULT_RESAMPLES,
    }),
    confusion: confusionRows(confusion),
    unusable: unusableShare(scored, weights),
  };
}

function requireRows(scored: ScoredPredictions): void {
  if (scored.expected.length > 0) return;
  throw new HomegrownError({
    code: 'evaluate/no-predictions',
    message: 'there is nothing to evaluate: the split holds no examples',
    kind: 'refused',
    hint: 'Add labelled examples, so that every split gets some.',
  });
}

function classQuality(
  label: string,
  confusion: Confusion,
  index: number,
  moments: ClassMoments,
): Quality['classes'][number] {
  return {
    label,
    support: Math.round(confusion.expected[index]!),
    precision: clusteredProportion(moments.precision),
    recall: clusteredProportion(moments.recall),
    f1: f1Estimate(clusteredProportion(moments.jaccard)),
  };
}

function f1Estimate(jaccard: Estimate | null): Estimate | null {
  if (jaccard === null) return null;
  return {
    value: f1OfJaccard(jaccard.value),
    low: jaccard.low === null ? null : f1OfJaccard(jaccard.low),
    high: jaccard.high === null ? null : f1OfJaccard(jaccard.high),
  };
}

function confusionRows(confusion: Confusion): number[][] {
  const width = confusion.labels + 1;
  return Array.from({ length: confusion.labels }, (_, row) => [
    ...confusion.counts.subarray(row * width, (row + 1) * width),
  ]);
}

function unusableShare(scored: ScoredPredictions, weights: Float64Array): number {
  let unusable = 0;
  let total = 0;
  for (let row = 0; row < weights.length; row++) {
    total += weights[row]!;
    if (scored.predicted[row]! < 0) unusable += weights[row]!;
  }
  return unusable / total;
}
