import { z } from 'zod';
import type { NonFinite } from '../engine/training/trainer.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { formatCount } from '../util/format-number.ts';
import type { BatchPlan } from './batch-plan.ts';
import { meanOf, type RunProgress } from './run-progress.ts';

/** What an error of a run tells besides what went wrong. */
export interface FailureContext {
  readonly directory: string;
  readonly plan: BatchPlan;
  readonly learningRate: number;
  /** The step of the newest checkpoint, null when there is none yet. */
  readonly checkpoint: number | null;
  readonly resumeCommand: string;
}

const nonFiniteSchema: z.ZodType<NonFinite> = z.object({
  what: z.enum(['loss', 'gradient']),
  microBatch: z.number(),
  parameter: z.string().nullable(),
});

/** The error a user meets for what a step threw: which step, batch and parameter, what is kept and what to do. */
export function explainStepFailure(thrown: unknown, progress: RunProgress, context: FailureContext): unknown {
  if (!(thrown instanceof HomegrownError)) return thrown;
  if (thrown.code === 'engine/non-finite') return nonFiniteStep(thrown, progress, context);
  if (thrown.code === 'engine/worker-failed') return lostWorker(thrown, progress, context);
  return thrown;
}

function nonFiniteStep(
  thrown: HomegrownError,
  progress: RunProgress,
  { directory, plan, learningRate, checkpoint }: FailureContext,
): HomegrownError {
  const facts = nonFiniteSchema.safeParse(thrown.cause).data;
  const step = progress.step + 1;
  const batch =
    facts === undefined ? '' : `, micro-batch ${facts.microBatch + 1}${describeBatch(plan, progress, facts)}`;
  const what =
    facts === undefined
      ? 'loss or gradient'
      : facts.parameter === null
        ? facts.what
        : `${facts.what} of "${facts.parameter}"`;
  return new HomegrownError({
    code: 'train/non-finite',
    message: `the ${what} was no finite number in step ${step}${batch}; the step changed nothing`,
    where: directory,
    expected: `a finite ${facts?.what ?? 'loss and gradient'}`,
    found: `NaN or infinity at a learning rate of ${formatRate(learningRate)}`,
    hint: `Look at that batch. If nothing is wrong with it, lower schedule.peakLearningRate, lengthen the warm-up or set clipNorm, and train again. ${keptInWords(checkpoint)}`,
    cause: thrown,
  });
}

function describeBatch(plan: BatchPlan, { step }: RunProgress, { microBatch }: NonFinite): string {
  const text = plan.describe?.(step, microBatch);
  return text === undefined ? '' : ` (${text})`;
}

function lostWorker(
  thrown: HomegrownError,
  progress: RunProgress,
  { directory, checkpoint, resumeCommand }: FailureContext,
): HomegrownError {
  return new HomegrownError({
    code: 'train/worker-lost',
    message: `what computes this run ended during step ${progress.step + 1}: ${thrown.message}`,
    where: directory,
    hint: `${keptInWords(checkpoint)} Go on with: ${resumeCommand}`,
    cause: thrown,
  });
}

/** The loss stays far above what it was. */
export function divergedRun(
  progress: RunProgress,
  loss: number,
  { directory, learningRate, checkpoint }: FailureContext,
): HomegrownError {
  const mean = meanOf(progress.recentLosses);
  return new HomegrownError({
    code: 'train/diverged',
    message: `the loss diverged: for ${progress.stepsTooHigh} steps up to step ${progress.step} it was at least twice what it had been`,
    where: directory,
    expected: `a loss below ${formatLoss(2 * mean)} (twice the mean of ${progress.recentLosses.length} steps before)`,
    found: `${formatLoss(loss)} at a learning rate of ${formatRate(learningRate)}`,
    hint: `Lower schedule.peakLearningRate, lengthen the warm-up or set clipNorm, and train again. ${keptInWords(checkpoint)}`,
  });
}

/** An evaluation that gave no number to compare by. */
export function nonFiniteEvaluation(
  progress: RunProgress,
  found: string,
  { directory, checkpoint }: FailureContext,
): HomegrownError {
  return new HomegrownError({
    code: 'train/non-finite-evaluation',
    message: `the evaluation after step ${progress.step} gave no finite number`,
    where: directory,
    found,
    hint: `Look at the validation data for inputs that give NaN. ${keptInWords(checkpoint)}`,
  });
}

/** Stopped by its user, with what was done put away. */
export function interruptedRun(
  progress: RunProgress,
  { directory, resumeCommand }: FailureContext,
): HomegrownError {
  return new HomegrownError({
    code: 'train/interrupted',
    message: `interrupted after step ${formatCount(progress.step)}; a checkpoint is saved`,
    kind: 'interrupted',
    where: directory,
    hint: `Go on with: ${resumeCommand}`,
  });
}

function keptInWords(checkpoint: number | null): string {
  return checkpoint === null
    ? 'There was no checkpoint yet.'
    : `The checkpoint of step ${checkpoint} is kept.`;
}

/** A loss with three decimals, more of them where it is small. */
export function formatLoss(loss: number): string {
  return Math.abs(loss) >= 0.1 || loss === 0 ? loss.toFixed(3) : loss.toPrecision(3);
}

/** A learning rate with two or three digits: `0.00081`, `3.0e-5`. */
export function formatRate(rate: number): string {
  return rate !== 0 && rate < 1e-4 ? rate.toExponential(1) : String(Number(rate.toPrecision(3)));
}
