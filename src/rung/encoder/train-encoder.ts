import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  averagedParameter,
  encoderTrainerSetup,
  encoderTrainingBytes,
} from '../../model/encoder/encoder-training.ts';
import type { EncoderClassifierArchitecture } from '../../schema/architecture.ts';
import type { RunSpec } from '../../schema/run-spec.ts';
import { readCheckpoint } from '../../train/checkpoint.ts';
import type { Trainer, TrainingEngine } from '../../train/engine.ts';
import { availableMemoryBytes, refuseIfTooLarge } from '../../train/memory.ts';
import { type RunOutcome, trainRun } from '../../train/train-run.ts';
import { sha256 } from '../../util/content-hash.ts';
import type { RungContext } from '../rung.ts';
import { BucketedBatches } from './bucketed-batches.ts';
import type { EncoderData } from './encoder-data.ts';
import { type EncoderSettings, HIDDEN_SHARE } from './encoder-settings.ts';
import { evaluationOf, logitsOf } from './judge.ts';
import { affordableSteps, storedSteps, storeSteps, type TrainingSteps } from './training-steps.ts';

export interface TrainEncoderRequest {
  readonly context: RungContext;
  readonly engine: TrainingEngine;
  readonly data: EncoderData;
  readonly settings: EncoderSettings;
}

/** A trained network, before it is rounded. */
export interface TrainedEncoder {
  readonly architecture: EncoderClassifierArchitecture;
  readonly outcome: RunOutcome;
  readonly planned: TrainingSteps;
  readonly stepsPerEpoch: number;
  parameterOf(name: string): Float32Array;
  /** Of the judged texts. */
  readonly logits: Float32Array;
}

const MICRO_BATCH_TOKENS = 8192;
const MOST_THREADS = 8;
const WARM_UP_SHARE = 0.06;
const FINAL_SHARE = 0.02;
const EVALUATIONS_PER_EPOCH = 2;
const PATIENCE = 4;
const OPTIMIZER = { kind: 'adamw', beta1: 0.9, beta2: 0.98, epsilon: 1e-8, clipNorm: 1 } as const;

/** Trains a classifier from scratch in the rung's training folder, going on with what an interrupted climb left there. */
export async function trainEncoder(request: TrainEncoderRequest): Promise<TrainedEncoder> {
  const { context, engine, data, settings } = request;
  const directory = context.trainingDirectory;
  const architecture = architectureOf(data, settings, context.labels.length);
  const stored = await storedSteps(directory);
  const threads = stored?.threads ?? Math.min(MOST_THREADS, availableParallelism());
  const plan = new BucketedBatches(data.train, {
    batch: settings.batch,
    microBatchTokens: MICRO_BATCH_TOKENS,
    hiddenShare: HIDDEN_SHARE,
    seed: context.seed,
  });
  const averageDecay = averageDecayOf(plan.stepsPerEpoch);
  const { weightDecay, labelSmoothing } = settings;
  const optimizer = { ...OPTIMIZER, weightDecay };
  const options = { labelSmoothing, optimizer, averageDecay, threads, seed: context.seed };
  const setup = encoderTrainerSetup(architecture, options);
  refuseIfTooLarge({
    foreseenBytes: encoderTrainingBytes(setup, largestMicroBatch(architecture)),
    availableBytes: await availableMemoryBytes(),
  });
  const trainer = await engine.open(setup);
  try {
    const planned = stored ?? (await decideSteps(request, { trainer, plan, threads }));
    const spec = specOf(request, { architecture, planned, averageDecay, stepsPerEpoch: plan.stepsPerEpoch });
    const outcome = await run(request, { trainer, plan, spec });
    const { state } = await readCheckpoint(outcome.checkpoint);
    await trainer.restore(state);
    const { signal } = context;
    const logits = await logitsOf(trainer, data.judged, { classes: architecture.classes, signal });
    const parameterOf = (name: string): Float32Array => averagedParameter(state, name);
    return { architecture, outcome, planned, stepsPerEpoch: plan.stepsPerEpoch, parameterOf, logits };
  } finally {
    await trainer.close();
  }
}

/** Checkpoints are several times as large as the model that was made of them. */
export async function forgetCheckpoints({ trainingDirectory }: RungContext): Promise<void> {
  await rm(join(trainingDirectory, 'checkpoints'), { recursive: true, force: true });
}

function architectureOf(
  { tokenizer, contextLength }: EncoderData,
  { width, layers, heads, feedForwardWidth, dropout }: EncoderSettings,
  classes: number,
): EncoderClassifierArchitecture {
  const { vocabularySize } = tokenizer;
  const shape = { vocabularySize, contextLength, width, layers, heads, feedForwardWidth };
  return { kind: 'encoder-classifier', ...shape, dropout, classes };
}

function largestMicroBatch({ contextLength: time }: EncoderClassifierArchitecture): {
  batch: number;
  time: number;
} {
  return { batch: Math.max(1, Math.floor(MICRO_BATCH_TOKENS / time)), time };
}

/** A window of a third of an epoch. */
function averageDecayOf(stepsPerEpoch: number): number {
  return Math.min(0.999, Math.max(0.8, 1 - 3 / stepsPerEpoch));
}

async function decideSteps(
  { context, settings }: TrainEncoderRequest,
  { trainer, plan, threads }: { trainer: Trainer; plan: BucketedBatches; threads: number },
): Promise<TrainingSteps> {
  const wanted = plan.stepsPerEpoch * settings.epochs;
  // Every fold must learn as long as the others: what the clock says differs between them.
  const decided =
    context.trainings > 1
      ? { steps: wanted, shortened: false }
      : await affordableSteps(wanted, { trainer, plan, seconds: 60 * context.budget.minutes });
  const steps = { ...decided, threads };
  await storeSteps(context.trainingDirectory, steps);
  return steps;
}

function specOf(
  { context, data, settings }: TrainEncoderRequest,
  {
    architecture,
    planned,
    averageDecay,
    stepsPerEpoch,
  }: {
    architecture: EncoderClassifierArchitecture;
    planned: TrainingSteps;
    averageDecay: number;
    stepsPerEpoch: number;
  },
): RunSpec {
  const everySteps = Math.max(1, Math.round(stepsPerEpoch / EVALUATIONS_PER_EPOCH));
  const { steps, threads } = planned;
  return {
    format: 1,
    engine: 'embedded',
    task: context.task.name,
    architecture,
    tokenizer: { sha256: sha256(data.tokenizer.toJson()) },
    dataset: context.lineage.dataset,
    objective: 'classify',
    optimizer: { ...OPTIMIZER, weightDecay: settings.weightDecay },
    schedule: {
      kind: 'cosine',
      peakLearningRate: settings.peakLearningRate,
      warmupSteps: Math.round(WARM_UP_SHARE * steps),
      steps,
      finalShare: FINAL_SHARE,
    },
    batch: { unit: 'examples', perStep: settings.batch, microBatchTokens: MICRO_BATCH_TOKENS },
    labelSmoothing: settings.labelSmoothing,
    averaging: { decay: averageDecay },
    evaluation: { everySteps, patience: PATIENCE, metric: context.task.config.metric },
    checkpointEverySteps: everySteps,
    seed: context.seed,
    threads,
    precision: 'float32',
  };
}

async function run(
  { context, engine, data }: TrainEncoderRequest,
  { trainer, plan, spec }: { trainer: Trainer; plan: BucketedBatches; spec: RunSpec },
): Promise<RunOutcome> {
  const { metric } = context.task.config;
  const classes = context.labels.length;
  const { steps } = spec.schedule;
  let best = '';
  return trainRun({
    directory: context.trainingDirectory,
    spec,
    trainer,
    plan,
    engineVersion: engine.version,
    signal: context.signal,
    resumeCommand: `homegrown climb ${context.task.name}`,
    evaluate: async () => {
      const logits = await logitsOf(trainer, data.judged, { classes, signal: context.signal });
      return evaluationOf(logits, data.judged.targets, { classes, metric });
    },
    onEvent(event) {
      if (event.type === 'evaluation-end' && event.best && event.quality !== null)
        best = `, best ${metric} so far ${(100 * event.quality).toFixed(1)} %`;
      if (event.type === 'step-end' && event.step % 10 === 0)
        context.progress(`step ${event.step} of ${steps}${best}`, event.step / steps);
    },
  });
}
