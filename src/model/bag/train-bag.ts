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

/** The fit that suits this many texts. */
export function defaultFit(texts: number, seed = 1): FitSettings {
  return { epochs: texts < 5000 ? 20 : texts < 20_000 ? 8 : 3, rate: 0.2, characterWeight: 0.6, seed };
}

/**
 * From strings to a model in one call: n-grams counted and weighed, then a linear one-vs-rest classifier fitted, in worker
 * threads when there is enough work. The same data and settings give the same bits whatever `workers` is. Not calibrated.
 * Throws the signal's reason when aborted.
 */
export async function trainBag(data: LabelledTexts, settings: TrainBagSettings = {}): Promise<BagModel> {
  const { texts, targets, weights, labels } = data;
  const fit = { ...defaultFit(texts.length), ...pickFit(settings) };
  const { limits, workers, maxEntries, signal } = settings;
  const trainer = new BagTrainer({
    labels,
    ngrams: settings.ngrams ?? ngramsFor(texts.length),
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
