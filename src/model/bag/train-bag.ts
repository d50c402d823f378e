import type { BagModel, BagWeights } from './bag-model.ts';
import { ngramsFor, type FitSettings, type NgramSettings } from './bag-settings.ts';
import { BagTrainer, type TrainerOptions } from './bag-trainer.ts';

/** Labelled texts in memory; `targets` are indices into `labels`. */
export interface LabelledTexts {
  labels: readonly string[];
  texts: readonly string[];
  targets: ArrayLike<number>;
  /** One positive number per text; all 1 when left out. */
  weights?: ArrayLike<number>;
}

/** Everything has a default that suits most data. */
export type TrainBagSettings = Partial<FitSettings> &
  Pick<Partial<TrainerOptions>, 'limits' | 'workers' | 'maxEntries' | 'signal'> & {
    ngrams?: NgramSettings;
    precision?: BagWeights['kind'];
  };

/** The fit that suits this many texts; words alone are fewer features, which take and need more epochs. */
export function defaultFit(texts: number, { seed = 1, wordsOnly = false } = {}): FitSettings {
  const shared = { characterWeight: wordsOnly ? 0 : 0.6, seed };
  if (texts < 20_000) return { ...shared, epochs: texts < 5000 ? 20 : 8, rate: 0.2 };
  return wordsOnly ? { ...shared, epochs: 5, rate: 0.25 } : { ...shared, epochs: 3, rate: 0.2 };
}

/**
 * From strings to a model in one call: n-grams counted and weighed, then a linear one-vs-rest classifier fitted, in worker
 * threads when there is enough work. The same data and settings give the same bits whatever `workers` is. Not calibrated.
 * Throws the signal's reason when aborted.
 */
export async function trainBag(data: LabelledTexts, settings: TrainBagSettings = {}): Promise<BagModel> {
  const { texts, targets, weights, labels } = data;
  const ngrams = settings.ngrams ?? ngramsFor(texts.length);
  const wordsOnly = ngrams.characterBits === 0 || settings.characterWeight === 0;
  const fit = { ...defaultFit(texts.length, { wordsOnly }), ...pickFit(settings) };
  const { limits, workers, maxEntries, signal } = settings;
  const trainer = new BagTrainer({
    labels,
    ngrams,
    seed: fit.seed,
    ...(limits && { limits }),
    ...(workers && { workers }),
    ...(maxEntries && { maxEntries }),
    signal,
  });
  try {
    for (const [i, text] of texts.entries()) {
      await trainer.add({ text, target: targets[i]!, weight: weights?.[i] ?? 1, train: true });
    }
    await trainer.seal();
    await trainer.fit(fit);
    return await trainer.take(settings.precision ?? 'float32');
  } finally {
    await trainer.close();
  }
}

function pickFit({ epochs, rate, characterWeight, seed }: TrainBagSettings): Partial<FitSettings> {
  return {
    ...(epochs !== undefined && { epochs }),
    ...(rate !== undefined && { rate }),
    ...(characterWeight !== undefined && { characterWeight }),
    ...(seed !== undefined && { seed }),
  };
}
