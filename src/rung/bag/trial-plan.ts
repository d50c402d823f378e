import type { FitSettings } from '../../model/bag/bag-settings.ts';

/** How much there is to do, from which the cost of a trial is estimated without a clock, so that equal data gets equal trials. */
export interface Workload {
  texts: number;
  entries: number;
  classes: number;
  workers: number;
}

/** One change to the best settings so far. */
export type Variation = (best: FitSettings) => FitSettings;

/** Seconds for one entry and one group of four classes; measured on a 2.6 GHz server core, rounded up. */
const SECONDS_PER_ENTRY = 6e-9;
const SECONDS_PER_GROUP = 2.5e-9;

/** Estimated seconds of one fit. */
export function fitSeconds({ entries, classes, workers }: Workload, epochs: number): number {
  const groups = Math.ceil(classes / 4);
  const shares = Math.min(workers, groups);
  return entries * epochs * (SECONDS_PER_ENTRY + (SECONDS_PER_GROUP * groups) / shares);
}

const moreEpochs: Variation = (best) => ({ ...best, epochs: Math.ceil(best.epochs * 1.6) });
const fewerEpochs: Variation = (best) => ({ ...best, epochs: Math.max(1, Math.floor(best.epochs / 2)) });
const slower: Variation = (best) => ({ ...best, rate: best.rate * 0.6 });
const heavierCharacters: Variation = (best) => ({ ...best, characterWeight: 1 });
const lighterCharacters: Variation = (best) => ({ ...best, characterWeight: 0.4 });

/** What is tried after the defaults, the most promising first. */
const VARIATIONS_WITH_CHARACTERS: readonly Variation[] = [
  moreEpochs,
  heavierCharacters,
  slower,
  lighterCharacters,
  fewerEpochs,
];
const VARIATIONS_OF_WORDS: readonly Variation[] = [moreEpochs, slower, fewerEpochs];

/**
 * Seconds that tuning one candidate may cost by default, and never more than this share of the rung's budget. Little data is
 * built again and again in a cross-validation, and what a trial says about it is mostly noise.
 */
const TUNING_SECONDS = 4;
const TUNING_SECONDS_OF_FOLDS = 0.15;
const BUDGET_SHARE = 0.25;

/** The variations that fit into the budget, judged by estimate; `fits` is the number of fits per trial, more than one for folds. */
export function affordableVariations(
  start: FitSettings,
  load: Workload,
  { minutes, fits }: { minutes: number; fits: number },
): Variation[] {
  const most = fits > 1 ? TUNING_SECONDS_OF_FOLDS : TUNING_SECONDS;
  const seconds = Math.min(most, BUDGET_SHARE * 60 * minutes);
  const variations = start.characterWeight === 0 ? VARIATIONS_OF_WORDS : VARIATIONS_WITH_CHARACTERS;
  let left = seconds - fits * fitSeconds(load, start.epochs);
  const affordable: Variation[] = [];
  for (const variation of variations) {
    left -= fits * fitSeconds(load, variation(start).epochs);
    if (left < 0) break;
    affordable.push(variation);
  }
  return affordable;
}
