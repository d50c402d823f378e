import type { BestEvaluation, Evaluation } from '../schema/run-event.ts';
import type { RunCheckpoint } from '../schema/run-checkpoint.ts';
import type { RunSpec } from '../schema/run-spec.ts';

/** What a run remembers between steps besides the trainer's state. */
export type RunProgress = Readonly<
  Pick<RunCheckpoint, 'step' | 'best' | 'evaluationsWithoutBetter' | 'recentLosses' | 'stepsTooHigh'>
>;

export const NO_PROGRESS: RunProgress = {
  step: 0,
  best: null,
  evaluationsWithoutBetter: 0,
  recentLosses: [],
  stepsTooHigh: 0,
};

/** How many losses divergence is judged by. */
export const LOSSES_REMEMBERED = 100;
const TIMES_THE_MEAN = 2;
/** Losses near 0 double by chance. */
const LEAST_HIGH_LOSS = 0.1;
const STEPS_TOO_HIGH = 4;

/** One more step with this loss; a loss that is too high is counted and does not raise what the next is compared to. */
export function afterStep(progress: RunProgress, loss: number): RunProgress {
  const { step, recentLosses, stepsTooHigh } = progress;
  if (isTooHigh(recentLosses, loss)) return { ...progress, step: step + 1, stepsTooHigh: stepsTooHigh + 1 };
  const losses = [...recentLosses, loss].slice(-LOSSES_REMEMBERED);
  return { ...progress, step: step + 1, recentLosses: losses, stepsTooHigh: 0 };
}

function isTooHigh(recentLosses: readonly number[], loss: number): boolean {
  if (recentLosses.length < LOSSES_REMEMBERED) return false;
  return loss >= LEAST_HIGH_LOSS && loss >= TIMES_THE_MEAN * meanOf(recentLosses);
}

/** Whether more than four steps in a row had twice the mean loss of the hundred before them, or more. */
export function hasDiverged({ stepsTooHigh }: RunProgress): boolean {
  return stepsTooHigh > STEPS_TOO_HIGH;
}

/** The mean of some numbers, at least one. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** One more evaluation; of equal ones the first counts as the best. */
export function afterEvaluation(progress: RunProgress, spec: RunSpec, found: Evaluation): RunProgress {
  if (progress.best !== null && scoreOf(spec, found) <= scoreOf(spec, progress.best))
    return { ...progress, evaluationsWithoutBetter: progress.evaluationsWithoutBetter + 1 };
  const best: BestEvaluation = { step: progress.step, loss: found.loss, quality: found.quality };
  return { ...progress, best, evaluationsWithoutBetter: 0 };
}

function scoreOf(spec: RunSpec, { loss, quality }: Evaluation): number {
  return spec.evaluation?.metric === 'loss' || quality === null ? -loss : quality;
}

/** Why a run is over, or null while it is not. */
export function stopReason(progress: RunProgress, spec: RunSpec): 'steps' | 'early-stop' | null {
  if (progress.step >= spec.schedule.steps) return 'steps';
  const patience = spec.evaluation?.patience ?? Infinity;
  return progress.evaluationsWithoutBetter >= patience ? 'early-stop' : null;
}

/** Whether the weights are evaluated after the step just done: every so many steps, and after the last. */
export function evaluationIsDue({ step }: RunProgress, { evaluation, schedule }: RunSpec): boolean {
  return evaluation !== null && (step % evaluation.everySteps === 0 || step === schedule.steps);
}

/** Whether the spec asks for a checkpoint after the step just done: every so many, each best one, and the end. */
export function checkpointIsDue(progress: RunProgress, spec: RunSpec): boolean {
  const { step, best } = progress;
  return step % spec.checkpointEverySteps === 0 || best?.step === step || stopReason(progress, spec) !== null;
}
