import type { RungContext } from '../rung.ts';
import type { EncoderData } from './encoder-data.ts';
import type { EncoderSettings } from './encoder-settings.ts';
import type { RoundedEncoder } from './round-encoder.ts';
import type { TrainedEncoder } from './train-encoder.ts';

/** Sentences for the report about the candidate. */
export function notesOf(
  context: RungContext,
  {
    data,
    settings,
    trained,
    rounded,
  }: { data: EncoderData; settings: EncoderSettings; trained: TrainedEncoder; rounded: RoundedEncoder },
): string[] {
  return [
    networkNote(data, trained),
    trainingNote(context, { data, settings, trained, rounded }),
    ...shortenedNote(trained, settings),
    ...cutNote(data),
    roundingNote(rounded),
  ];
}

function networkNote({ tokenizer, contextLength }: EncoderData, { architecture }: TrainedEncoder): string {
  const { layers, width, heads } = architecture;
  return `A transformer trained from scratch: ${layers} ${layers === 1 ? 'layer' : 'layers'} of width ${width} with ${heads} heads, ${number(tokenizer.vocabularySize)} byte-pair tokens learned from the training texts, at most ${contextLength} of them a text.`;
}

function trainingNote(
  context: RungContext,
  {
    data,
    settings,
    trained,
    rounded,
  }: { data: EncoderData; settings: EncoderSettings; trained: TrainedEncoder; rounded: RoundedEncoder },
): string {
  const { outcome, stepsPerEpoch } = trained;
  const judged = number(data.judged.targets.length);
  const where = data.heldOutOfTraining
    ? `${judged} examples, most of them kept out of the training set`
    : `validation (${judged} examples)`;
  const epochs = (outcome.step / stepsPerEpoch).toFixed(1);
  const best = outcome.best?.step ?? outcome.step;
  const quality = `${context.task.config.metric} ${(100 * rounded.floatQuality).toFixed(1)} %`;
  return `Training: ${number(outcome.step)} steps of ${settings.batch} examples (${epochs} epochs); the weights of step ${number(best)}, ${quality} on ${where}. Probabilities calibrated there (temperature ${rounded.model.temperature}).`;
}

function shortenedNote({ planned, stepsPerEpoch }: TrainedEncoder, { epochs }: EncoderSettings): string[] {
  if (!planned.shortened) return [];
  return [
    `The budget had room for ${number(planned.steps)} of ${number(epochs * stepsPerEpoch)} steps: more minutes may give more quality.`,
  ];
}

function cutNote({ cutShare, contextLength }: EncoderData): string[] {
  if (cutShare < 0.001) return [];
  return [
    `${(100 * cutShare).toFixed(1)} % of the training tokens were cut off: texts count up to their first ${contextLength} tokens.`,
  ];
}

function roundingNote({ roundingGain, agreement }: RoundedEncoder): string {
  const points = 100 * roundingGain;
  const sign = points > 0 ? '+' : points < 0 ? '−' : '±';
  return `Rounding the weights to 8 bits changed the quality by ${sign}${Math.abs(points).toFixed(2)} points (plus is better); ${(100 * agreement).toFixed(1)} % of the answers stayed the same.`;
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
