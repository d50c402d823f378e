import type { RungContext } from '../rung.ts';
import type { BuiltBag } from './build-bag.ts';
import type { LoadedTrainer } from './load-trainer.ts';

/** Sentences for the report about one candidate. */
export function notesOf(context: RungContext, loaded: LoadedTrainer, built: BuiltBag): string[] {
  return [
    ...subsetNote(loaded),
    rowsNote(loaded, built),
    tuningNote(context, loaded, built),
    ...roundingNote(built),
  ];
}

function subsetNote({ trainer }: LoadedTrainer): string[] {
  const { offered, kept } = trainer.loaded;
  if (kept === offered) return [];
  const share = ((100 * kept) / offered).toFixed(1);
  return [
    `Trained on ${number(kept)} of ${number(offered)} training examples (${share} %, drawn evenly): more would not fit into the memory set aside for n-grams.`,
  ];
}

function rowsNote({ trainer }: LoadedTrainer, { model }: BuiltBag): string {
  const { minTexts, maxRows } = trainer.rowLimits;
  const rows = model.idf.length;
  const what = `${number(rows)} n-grams have weights`;
  if (model.characterWeight > 0 && trainer.rows === maxRows) {
    return `${what}, the commonest ones: more for ${number(model.labels.length)} classes would make the model too large.`;
  }
  return minTexts > 1
    ? `${what}: those met in at least ${minTexts} examples.`
    : `${what}: all that were met.`;
}

function tuningNote(context: RungContext, loaded: LoadedTrainer, built: BuiltBag): string {
  const { epochs, rate, characterWeight } = built.settings;
  const { shift, gamma } = built.model.calibration;
  const characters = characterWeight === 0 ? '' : `, character weight ${round(characterWeight)}`;
  const settings = `${epochs} epochs, rate ${round(rate)}${characters}`;
  if (built.quality === null) return `Default settings (${settings}): too few examples to tune on.`;
  const where = loaded.crossValidated
    ? `parts of the training set kept aside in turn (${number(built.judged)} examples)`
    : `validation (${number(built.judged)} examples)`;
  const quality = `${context.task.config.metric} ${(100 * built.quality).toFixed(1)} %`;
  const trials = built.trials === 1 ? 'default settings' : `best of ${built.trials} settings`;
  return `Tuning: ${trials}, ${settings}; ${quality} on ${where}. Probabilities calibrated there (shift ${shift}, exponent ${gamma}).`;
}

function roundingNote({ roundingGain }: BuiltBag): string[] {
  if (roundingGain === null) return [];
  const points = 100 * roundingGain;
  const sign = points > 0 ? '+' : points < 0 ? '−' : '±';
  return [
    `Rounding the weights to 8 bits changed the quality by ${sign}${Math.abs(points).toFixed(2)} points (plus is better).`,
  ];
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}
