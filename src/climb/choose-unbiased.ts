import type { GroupTimes } from '../evaluate/group-sums.ts';
import { largest } from '../evaluate/rows.ts';
import { resampledMetric } from '../evaluate/resampled-metric.ts';
import type { ScoredPredictions } from '../evaluate/scored-predictions.ts';
import type { Estimate } from '../schema/report.ts';
import { seededRandom, type Random } from '../util/random.ts';

export interface UnbiasedOptions {
  metric: 'accuracy' | 'macro-f1';
  seed: number;
  resamples: number;
  /** The rule of choice on a resample: the chosen candidate's number, or null. */
  choose(times: GroupTimes): number | null;
}

/**
 * The chosen candidate's quality freed of the bias of having been chosen on the same examples (BBC-CV: Tsamardinos,
 * Greasidou & Borboudakis 2018): groups are drawn with replacement, the rule chooses on those drawn, and the choice is
 * scored on those left out. The naive interval is moved by the correction.
 */
export function unbiasedQuality(
  scores: readonly ScoredPredictions[],
  naive: Estimate,
  options: UnbiasedOptions,
): Estimate {
  const metrics = scores.map((scored) => resampledMetric(scored, options.metric));
  const groups = Math.max(...scores.map(({ group }) => largest(group))) + 1;
  if (groups < 2) return naive;
  const random = seededRandom(options.seed);
  let sum = 0;
  let scored = 0;
  for (let resample = 0; resample < options.resamples; resample++) {
    const times = drawGroups(groups, random);
    const chosen = options.choose(times);
    if (chosen === null) continue;
    const value = metrics[chosen]!(leftOut(times));
    if (Number.isNaN(value)) continue;
    sum += value;
    scored++;
  }
  return scored === 0 ? naive : moveTo(naive, Math.min(naive.value, sum / scored));
}

function drawGroups(groups: number, random: Random): GroupTimes {
  const times = new Int32Array(groups);
  for (let draw = 0; draw < groups; draw++) times[random.integer(groups)]!++;
  return times;
}

function leftOut(times: GroupTimes): GroupTimes {
  return times.map((drawn) => (drawn === 0 ? 1 : 0));
}

function moveTo({ value, low, high }: Estimate, corrected: number): Estimate {
  const move = (bound: number | null): number | null =>
    bound === null ? null : Math.min(1, Math.max(0, bound + corrected - value));
  return { value: corrected, low: move(low), high: move(high) };
}
