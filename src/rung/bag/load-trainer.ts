import { availableParallelism } from 'node:os';
import { ngramsFor } from '../../model/bag/bag-settings.ts';
import { BagTrainer } from '../../model/bag/bag-trainer.ts';
import type { RungContext } from '../rung.ts';
import { checked, targetOf } from './checked-examples.ts';
import { dealFolds, foldOfGroup } from './folds.ts';

/** A loaded trainer, and the parts of its texts that settings are judged on. */
export interface LoadedTrainer {
  trainer: BagTrainer;
  /** Each is learned without and judged on. */
  judgements: { train: Uint32Array; judged: Uint32Array }[];
  /** Whether `judged` are parts of the training texts, so that the final fit comes after. */
  crossValidated: boolean;
  /** Validation texts that are in no judgement (small data): they still help to calibrate. */
  extra: Uint32Array;
  workers: number;
}

/** Below this, validation alone says too little: parts of the training set are held out in turn too. */
const SMALL = 2000;
/** Up to this many texts, three folds; above it one part in ten is held out once. */
const FOLDED = 5000;
/** Validation texts scored per trial, and their scores. */
const MAX_JUDGED = 20_000;
const MAX_SCORES = 10_000_000;
const MOST_WORKERS = 8;

/** Reads the examples into a trainer. */
export async function loadTrainer(context: RungContext): Promise<LoadedTrainer> {
  const workers = Math.min(MOST_WORKERS, availableParallelism());
  const { labels, seed, signal } = context;
  const ngrams = ngramsFor(context.train.count);
  const trainer = new BagTrainer({ labels, ngrams, workers, seed, signal });
  try {
    const folds = await addTraining(context, trainer);
    await addValidation(context, trainer);
    context.progress('bag: weighing n-grams');
    await trainer.seal();
    return { trainer, workers, ...judgementsOf(context, trainer, folds) };
  } catch (error) {
    await trainer.close();
    throw error;
  }
}

/** Whether settings are judged on parts of the training set. */
function heldOutOfTraining({ train, validation }: RungContext): boolean {
  return validation.count === 0 || train.count < SMALL;
}

/** Adds the training texts; gives the fold of each, by its number, when parts of them are to be held out. */
async function addTraining(context: RungContext, trainer: BagTrainer): Promise<Int32Array | null> {
  const { train, seed, progress } = context;
  const small = train.count <= FOLDED;
  const held: { target: number; group: string }[] = [];
  const folds: number[] = [];
  const holdsOut = heldOutOfTraining(context);
  let read = 0;
  for await (const example of checked(train, context)) {
    const target = targetOf(example, context.labels);
    if (holdsOut && small) held.push({ target, group: example.group });
    else if (holdsOut) folds.push(foldOfGroup(example.group, 10, seed));
    await trainer.add({ text: example.input, target, weight: example.weight, train: true });
    if (++read % 8192 === 0) progress('bag: counting n-grams', (0.3 * read) / train.count);
  }
  if (!holdsOut) return null;
  return small ? dealFolds(held, foldCount(held.length), seed) : Int32Array.from(folds);
}

function foldCount(texts: number): number {
  return texts < 300 ? Math.min(5, texts) : 3;
}

async function addValidation(context: RungContext, trainer: BagTrainer): Promise<void> {
  const { validation, labels, seed } = context;
  const most = Math.min(MAX_JUDGED, Math.ceil(MAX_SCORES / labels.length));
  const share = Math.min(1, most / Math.max(1, validation.count));
  for await (const example of checked(validation, context)) {
    if (share < 1 && foldOfGroup(example.id, 1 << 20, seed) >= share * (1 << 20)) continue;
    const target = targetOf(example, labels);
    await trainer.add({ text: example.input, target, weight: example.weight, train: false });
  }
}

function judgementsOf(
  context: RungContext,
  trainer: BagTrainer,
  folds: Int32Array | null,
): Pick<LoadedTrainer, 'judgements' | 'crossValidated' | 'extra'> {
  const { trainTexts, otherTexts, numbers } = trainer;
  if (folds === null) {
    const judgements = [{ train: trainTexts, judged: otherTexts }];
    return { judgements, crossValidated: false, extra: new Uint32Array(0) };
  }
  // Folds were dealt in the order of reading; texts beyond the memory bound are gone, and `numbers` says which are left.
  const foldOf = (text: number): number => folds[numbers[text]!]!;
  const count = context.train.count <= FOLDED ? foldCount(folds.length) : 1;
  const judgements = Array.from({ length: count }, (_, fold) => ({
    train: trainTexts.filter((text) => foldOf(text) !== fold),
    judged: trainTexts.filter((text) => foldOf(text) === fold).slice(0, MAX_JUDGED),
  })).filter(({ train, judged }) => train.length > 0 && judged.length > 0);
  return { judgements, crossValidated: true, extra: otherTexts };
}
