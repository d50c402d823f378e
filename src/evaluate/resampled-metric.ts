import { confusionOf, macroF1Of } from './confusion.ts';
import { drawnWeights, sumsByGroup, type GroupTimes } from './group-sums.ts';
import { rowWeights } from './rows.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/**
 * The metric as a function of how often each group is drawn; NaN when no row is. What does not depend on the draw is
 * computed once.
 */
export function resampledMetric(
  scored: ScoredPredictions,
  metric: 'accuracy' | 'macro-f1',
): (times: GroupTimes) => number {
  const weights = rowWeights(scored);
  if (metric === 'accuracy') return resampledAccuracy(scored, weights);
  return (times) => {
    const drawn = drawnWeights(weights, scored.group, times);
    return drawn.some((weight) => weight > 0) ? macroF1Of(confusionOf(scored, drawn)) : Number.NaN;
  };
}

function resampledAccuracy(scored: ScoredPredictions, weights: Float64Array): (times: GroupTimes) => number {
  const total = sumsByGroup(scored.group, weights);
  const rightWeights = weights.map((weight, row) =>
    scored.predicted[row] === scored.expected[row] ? weight : 0,
  );
  const right = sumsByGroup(scored.group, rightWeights);
  return (times) => {
    let hits = 0;
    let trials = 0;
    for (let group = 0; group < total.length; group++) {
      hits += right[group]! * times[group]!;
      trials += total[group]! * times[group]!;
    }
    return trials > 0 ? hits / trials : Number.NaN;
  };
}
