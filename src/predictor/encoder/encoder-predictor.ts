import { requireOrt } from '../../engine/runtime/ort/ort-version.ts';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { CONFIG_FILE, loadEncoder } from '../../model/encoder/encoder-files.ts';
import type { Answers } from './encoder-protocol.ts';
import type { Prediction, PredictOptions, Predictor, PredictorLoader } from '../predictor.ts';
import { EncoderScorer } from './encoder-scorer.ts';

/** Texts handed to the worker at once: an abort waits for no more, and other calls get their turn. */
const AT_ONCE = 256;

/** Loads an `encoder` candidate. It computes in a thread of its own; texts are cut at the network's context length, in tokens. */
export const loadEncoderPredictor: PredictorLoader = async (directory, manifest) => {
  requireOrt();
  const model = await loadEncoder(directory);
  const { labels } = model;
  if (labels.join('\0') !== manifest.labels.join('\0'))
    throw new HomegrownError({
      code: 'model/wrong-labels',
      message: `${CONFIG_FILE} and homegrown.json name different labels`,
      where: directory,
      expected: manifest.labels.join(', '),
      found: labels.join(', '),
      hint: 'Copy the whole model folder again; its files belong together.',
    });
  const scorer = new EncoderScorer(model);
  try {
    await scorer.score(['']);
  } catch (error) {
    await scorer.close();
    throw error;
  }
  return {
    manifest,
    labels,
    async predict(inputs: readonly string[], { signal }: PredictOptions = {}): Promise<Prediction[]> {
      const predictions: Prediction[] = [];
      for (let from = 0; from < inputs.length; from += AT_ONCE) {
        signal?.throwIfAborted();
        const answers = await scorer.score(inputs.slice(from, from + AT_ONCE));
        predictions.push(...predictionsOf(answers, labels));
      }
      return predictions;
    },
    close: () => scorer.close(),
  } satisfies Predictor;
};

function predictionsOf({ logits, probabilities }: Answers, labels: readonly string[]): Prediction[] {
  const classes = labels.length;
  return Array.from({ length: logits.length / classes }, (_, text) => {
    const [from, to] = [text * classes, (text + 1) * classes];
    return {
      label: labels[largest(logits.subarray(from, to))]!,
      probabilities: probabilities.slice(from, to),
    };
  });
}

/** Index of the largest logit; the first of equals. */
function largest(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}
