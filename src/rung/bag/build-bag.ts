import type { BagModel } from '../../model/bag/bag-model.ts';
import type { FitSettings } from '../../model/bag/bag-settings.ts';
import { fitCalibration, UNCALIBRATED } from '../../model/bag/calibration.ts';
import type { RungContext } from '../rung.ts';
import type { LoadedTrainer } from './load-trainer.ts';
import { qualityOfScores } from './score-quality.ts';
import { affordableVariations, type Workload } from './trial-plan.ts';

/** A model with what tuning it found. */
export interface BuiltBag {
  settings: FitSettings;
  model: BagModel;
  trials: number;
  /** Texts judged; 0: too few to judge anything. */
  judged: number;
  /** The task's metric on judged texts; null when nothing was judged. */
  quality: number | null;
  /** What rounding the weights to 8 bits adds to the metric, on the texts judged last; null when nothing was judged. */
  roundingGain: number | null;
}

export interface BuildBagRequest {
  context: RungContext;
  loaded: LoadedTrainer;
  start: FitSettings;
  name: string;
}

interface Trial {
  settings: FitSettings;
  quality: number;
  roundingGain: number;
  /** Scores on judged texts, of the last judgement by the rounded weights, and the texts' classes. */
  scores: Float32Array;
  targets: Int32Array;
  /** The rounded model of the last judgement. */
  model: BagModel;
}

/** Tries the default settings and variations of them, keeps the best, calibrates it and rounds it to 8 bits. */
export async function buildBag(request: BuildBagRequest): Promise<BuiltBag> {
  const { context, loaded, start } = request;
  if (loaded.judgements.length === 0) return untried(loaded, start);
  let best = await runTrial(request, start);
  const variations = affordableVariations(start, workloadOf(context, loaded), {
    minutes: context.budget.minutes,
    fits: loaded.judgements.length,
  });
  for (const [i, variation] of variations.entries()) {
    reportTrial(request, i + 1, variations.length + 1, best);
    const trial = await runTrial(request, variation(best.settings));
    if (trial.quality > best.quality) best = trial;
  }
  const model = loaded.crossValidated ? await finalFit(loaded, best) : best.model;
  const extra = await scoreExtra(request);
  const calibration = fitCalibration({
    scores: joined(best.scores, extra.scores),
    targets: Int32Array.from([...best.targets, ...extra.targets]),
    classes: context.labels.length,
  });
  return {
    settings: best.settings,
    model: { ...model, calibration },
    trials: variations.length + 1,
    judged: best.targets.length,
    quality: best.quality,
    roundingGain: best.roundingGain,
  };
}

/** Too few examples to hold any out. */
async function untried({ trainer }: LoadedTrainer, settings: FitSettings): Promise<BuiltBag> {
  await trainer.fit(settings);
  const model = { ...(await trainer.take('int8')), calibration: UNCALIBRATED };
  return { settings, model, trials: 0, judged: 0, quality: null, roundingGain: null };
}

async function runTrial({ context, loaded }: BuildBagRequest, settings: FitSettings): Promise<Trial> {
  const { trainer, judgements, crossValidated: unmetLeftOut } = loaded;
  const parts: Float32Array[] = [];
  for (const { train, judged } of judgements) {
    await trainer.fit(settings, train);
    parts.push(await trainer.score(judged, { unmetLeftOut }));
  }
  const qualityOf = (scores: Float32Array, targets: Int32Array): number =>
    qualityOfScores(context.task.config.metric, scores, targets, context.labels.length);
  const judged = judgements.map((judgement) => judgement.judged);
  const targets = targetsOf(loaded, judged);
  const quality = qualityOf(joined(...parts), targets);
  const model = await trainer.take('int8');
  const last = judged.at(-1)!;
  const rounded = await trainer.score(last, { unmetLeftOut });
  const targetsOfLast = targetsOf(loaded, [last]);
  const roundingGain = qualityOf(rounded, targetsOfLast) - qualityOf(parts.at(-1)!, targetsOfLast);
  return { settings, quality, roundingGain, scores: joined(...parts.slice(0, -1), rounded), targets, model };
}

async function finalFit({ trainer }: LoadedTrainer, { settings }: Trial): Promise<BagModel> {
  await trainer.fit(settings);
  return trainer.take('int8');
}

/** Validation texts that no trial judged, scored by the final fit. */
async function scoreExtra({
  loaded,
}: BuildBagRequest): Promise<{ scores: Float32Array; targets: Int32Array }> {
  const { trainer, extra } = loaded;
  if (extra.length === 0) return { scores: new Float32Array(0), targets: new Int32Array(0) };
  return { scores: await trainer.score(extra), targets: targetsOf(loaded, [extra]) };
}

function targetsOf({ trainer }: LoadedTrainer, parts: readonly Uint32Array[]): Int32Array {
  return Int32Array.from(parts.flatMap((texts) => [...texts].map((text) => trainer.targets[text]!)));
}

function joined(...parts: Float32Array[]): Float32Array {
  const result = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    result.set(part, at);
    at += part.length;
  }
  return result;
}

function workloadOf({ labels }: RungContext, { trainer, workers }: LoadedTrainer): Workload {
  const { trainTexts, entries } = trainer;
  return { texts: trainTexts.length, entries, classes: labels.length, workers };
}

function reportTrial({ context, name }: BuildBagRequest, done: number, all: number, best: Trial): void {
  const quality = `${(100 * best.quality).toFixed(1)} %`;
  context.progress(
    `${name}: settings ${done + 1} of ${all}, best ${context.task.config.metric} so far ${quality}`,
    done / all,
  );
}
