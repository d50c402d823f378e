import { HomegrownError } from '../../errors/homegrown-error.ts';
import { BagScorer } from '../../model/bag/bag-model.ts';
import { FEATURES_FILE, loadBag } from '../../model/bag/bag-files.ts';
import { calibrated } from '../../model/bag/calibration.ts';
import type { Prediction, PredictOptions, Predictor, PredictorLoader } from '../predictor.ts';

/** Loads a `bag` candidate; each text is answered in this thread, without waiting. */
export const loadBagPredictor: PredictorLoader = async (directory, manifest) => {
  const model = await loadBag(directory);
  if (String(model.labels) !== String(manifest.labels)) {
    throw new HomegrownError({
      code: 'model/wrong-labels',
      message: `${FEATURES_FILE} and homegrown.json name different labels`,
      where: directory,
      expected: manifest.labels.join(', '),
      found: model.labels.join(', '),
      hint: 'Copy the whole model folder again; its files belong together.',
    });
  }
  const scorer = new BagScorer(model);
  const scores = new Float32Array(model.labels.length);
  const answer = (text: string): Prediction => {
    scorer.score(text, scores);
    const probabilities = new Float32Array(scores.length);
    calibrated(model.calibration, scores, probabilities);
    return { label: model.labels[largest(scores)]!, probabilities };
  };
  return {
    manifest,
    labels: model.labels,
    async predict(inputs: readonly string[], { signal }: PredictOptions = {}): Promise<Prediction[]> {
      return inputs.map((input) => {
        signal?.throwIfAborted();
        return answer(input);
      });
    },
    close: () => Promise.resolve(),
  } satisfies Predictor;
};

/** Index of the largest score; the first of equals. */
function largest(scores: Float32Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}
