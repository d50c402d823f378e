import { saveBag } from '../../model/bag/bag-files.ts';
import type { FitSettings } from '../../model/bag/bag-settings.ts';
import { defaultFit } from '../../model/bag/train-bag.ts';
import type { Rung, RungContext } from '../rung.ts';
import { buildBag } from './build-bag.ts';
import { loadTrainer, type LoadedTrainer } from './load-trainer.ts';
import { notesOf } from './notes.ts';

/** Hashed n-grams with a linear classifier: `bag` (words and characters) and `bag/words` (words only). */
export const bagRung: Rung = {
  name: 'bag',
  availability({ labels, train }) {
    if (train.count > 0 && labels.length > 1) return { available: true };
    return {
      available: false,
      reason: train.count === 0 ? 'no training examples' : 'only one label',
      hint: 'Add labelled examples of at least two classes.',
    };
  },
  async build(context) {
    const loaded = await loadTrainer(context);
    try {
      const start = defaultFit(loaded.trainer.trainTexts.length, { seed: context.seed });
      await buildCandidate(context, loaded, { name: 'bag', start });
      await buildCandidate(context, loaded, { name: 'bag/words', start: { ...start, characterWeight: 0 } });
    } finally {
      await loaded.trainer.close();
    }
  },
};

async function buildCandidate(
  context: RungContext,
  loaded: LoadedTrainer,
  { name, start }: { name: string; start: FitSettings },
): Promise<void> {
  const built = await buildBag({ context, loaded, start, name });
  await context.saveCandidate(
    {
      name,
      kind: 'bag',
      settings: { ...built.settings, rows: built.model.idf.length },
      upstreams: [],
      notes: notesOf(context, loaded, built),
      trainedOn: loaded.trainer.trainTexts.length,
    },
    (directory) => saveBag(directory, built.model),
  );
}
