import { HomegrownError } from '../../errors/homegrown-error.ts';
import { type EncoderModel, quantisedTensors } from '../../model/encoder/encoder-model.ts';
import { fitTemperature, UNCALIBRATED } from '../../model/encoder/temperature.ts';
import { EncoderScorer } from '../../predictor/encoder/encoder-scorer.ts';
import type { RungContext } from '../rung.ts';
import { qualityOfScores } from '../bag/score-quality.ts';
import type { EncoderData } from './encoder-data.ts';
import type { TrainedEncoder } from './train-encoder.ts';

/** A model with 8-bit weights, calibrated, and what rounding did to it on the judged texts. */
export interface RoundedEncoder {
  readonly model: EncoderModel;
  /** The task's metric before rounding. */
  readonly floatQuality: number;
  /** What rounding adds to it. */
  readonly roundingGain: number;
  /** Share of answers that rounding left the same. */
  readonly agreement: number;
}

/** An export that answers otherwise is a bug, not a rounding. */
const LEAST_AGREEMENT = 0.97;
const AT_ONCE = 512;

/** Rounds a trained network, answers the judged texts the way it will be served, and calibrates that. */
export async function roundEncoder(
  context: RungContext,
  data: EncoderData,
  { architecture, parameterOf, logits: floatLogits }: TrainedEncoder,
): Promise<RoundedEncoder> {
  const { labels, task } = context;
  const { judged, tokenizer } = data;
  const tensors = quantisedTensors(architecture, parameterOf);
  const model: EncoderModel = { labels, architecture, temperature: UNCALIBRATED, tokenizer, tensors };
  const logits = await servedLogits(model, judged.texts, context.signal);
  const { targets } = judged;
  const classes = labels.length;
  const qualityOf = (scores: Float32Array): number =>
    qualityOfScores(task.config.metric, scores, targets, classes);
  const floatQuality = qualityOf(floatLogits);
  const agreement = agreementOf(floatLogits, logits, classes);
  if (agreement < LEAST_AGREEMENT) throw otherModel(agreement);
  return {
    model: { ...model, temperature: fitTemperature({ logits, targets, classes }) },
    floatQuality,
    roundingGain: qualityOf(logits) - floatQuality,
    agreement,
  };
}

async function servedLogits(
  model: EncoderModel,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<Float32Array> {
  const scorer = new EncoderScorer(model);
  const classes = model.labels.length;
  const logits = new Float32Array(texts.length * classes);
  try {
    for (let from = 0; from < texts.length; from += AT_ONCE) {
      signal.throwIfAborted();
      logits.set((await scorer.score(texts.slice(from, from + AT_ONCE))).logits, from * classes);
    }
  } finally {
    await scorer.close();
  }
  return logits;
}

/** Share of texts with the same best class. */
function agreementOf(a: Float32Array, b: Float32Array, classes: number): number {
  const texts = a.length / classes;
  let same = 0;
  for (let text = 0; text < texts; text++) if (bestOf(a, text, classes) === bestOf(b, text, classes)) same++;
  return same / texts;
}

function bestOf(logits: Float32Array, text: number, classes: number): number {
  let best = text * classes;
  for (let at = best; at < (text + 1) * classes; at++) if (logits[at]! > logits[best]!) best = at;
  return best;
}

function otherModel(agreement: number): HomegrownError {
  return new HomegrownError({
    code: 'rung/export-differs',
    message: 'the model with 8-bit weights answers otherwise than the network it was made from',
    expected: `the same answer to at least ${100 * LEAST_AGREEMENT} % of the judged texts`,
    found: `${(100 * agreement).toFixed(1)} %`,
    hint: 'Report this as a bug, with the config of the task.',
  });
}
