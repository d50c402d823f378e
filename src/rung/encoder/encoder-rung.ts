import { saveEncoder } from '../../model/encoder/encoder-files.ts';
import type { MissingEngine, TrainingEngine } from '../../train/engine.ts';
import type { Availability, Rung, RungContext } from '../rung.ts';
import { readEncoderData } from './encoder-data.ts';
import { notesOf } from './encoder-notes.ts';
import { settingsFor } from './encoder-settings.ts';
import { roundEncoder } from './round-encoder.ts';
import { forgetCheckpoints, trainEncoder } from './train-encoder.ts';

/** With fewer training examples it was behind `bag` by several points in every run (docs/encoder.md). */
const LEAST_EXAMPLES = 2000;
/** A cross-validation's trainings are not shortened to a budget: too many of them are not begun. Measured on short texts, two cores. */
const SECONDS_PER_EXAMPLE_AND_EPOCH = 0.0003;

/** A transformer classifier trained from scratch, with a tokenizer of its own. */
export function encoderRung(engine: TrainingEngine | MissingEngine): Rung {
  return {
    name: 'encoder',
    availability: (context) => ('open' in engine ? availability(context) : { available: false, ...engine }),
    async build(context) {
      if (!('open' in engine)) throw new Error(engine.reason);
      const settings = settingsFor(context.train.count);
      const data = await readEncoderData(context, settings);
      const trained = await trainEncoder({ context, engine, data, settings });
      const rounded = await roundEncoder(context, data, trained);
      const { architecture, planned } = trained;
      await context.saveCandidate(
        {
          name: 'encoder',
          kind: 'encoder',
          settings: { ...settings, vocabularySize: architecture.vocabularySize, steps: planned.steps },
          upstreams: [],
          notes: notesOf(context, { data, settings, trained, rounded }),
          trainedOn: data.train.targets.length,
        },
        (directory) => saveEncoder(directory, rounded.model),
      );
      await forgetCheckpoints(context);
    },
  };
}

function availability({
  labels,
  train,
  trainings,
  budget,
}: Pick<RungContext, 'labels' | 'train' | 'trainings' | 'budget'>): Availability {
  if (labels.length < 2)
    return {
      available: false,
      reason: 'only one label',
      hint: 'Add labelled examples of at least two classes.',
    };
  if (train.count < LEAST_EXAMPLES)
    return {
      available: false,
      reason: `${number(train.count)} training examples are too few for a network from scratch (at least ${number(LEAST_EXAMPLES)})`,
      hint: null,
    };
  if (trainings === 1) return { available: true };
  const minutes =
    (trainings * train.count * settingsFor(train.count).epochs * SECONDS_PER_EXAMPLE_AND_EPOCH) / 60;
  if (minutes <= budget.minutes) return { available: true };
  return {
    available: false,
    reason: `cross-validation would train ${trainings} networks, about ${Math.ceil(minutes)} minutes`,
    hint: 'Raise `budget.minutes` of the task.',
  };
}

function number(value: number): string {
  return value.toLocaleString('en-US');
}
