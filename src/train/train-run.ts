import type { StepResult, Trainer } from '../engine/training/trainer.ts';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import type { BestEvaluation, Evaluation, RunEvent } from '../schema/run-event.ts';
import type { RunSpec } from '../schema/run-spec.ts';
import type { BatchPlan, StepBatch } from './batch-plan.ts';
import { checkpointDirectory } from './checkpoint-shelf.ts';
import { learningRateAt } from '../engine/optim/schedule.ts';
import {
  divergedRun,
  explainStepFailure,
  type FailureContext,
  interruptedRun,
  nonFiniteEvaluation,
} from './run-failure.ts';
import { makeRunFolder, runFiles } from './run-folder.ts';
import { codeVersionOf } from './run-identity.ts';
import { acquireRunLock } from './run-lock.ts';
import {
  afterEvaluation,
  afterStep,
  checkpointIsDue,
  evaluationIsDue,
  hasDiverged,
  type RunProgress,
  stopReason,
} from './run-progress.ts';
import { now, RunRecord } from './run-record.ts';

/** What a training needs. */
export interface TrainRunOptions {
  /** The run's own folder, `.homegrown/runs/<id>`; what an interrupted run of the same spec left there is gone on with. */
  readonly directory: string;
  readonly spec: RunSpec;
  /** With the weights the run begins with. The caller opens and closes it. */
  readonly trainer: Trainer;
  readonly plan: BatchPlan;
  /** Names the code of the engine behind the trainer: another version gives other last bits. */
  readonly engineVersion: string;
  /** Judges the trainer's weights on validation; must be there when the spec has an `evaluation`. */
  evaluate?(): Promise<Evaluation>;
  /** Stops after the step under way, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** What a user types to go on; shown when the run stops early. */
  readonly resumeCommand: string;
  /** Forget what is in the folder. */
  readonly fresh?: boolean;
  onEvent?(event: RunEvent): void;
  onWarning?(message: string): void;
}

/** A finished run. */
export interface RunOutcome {
  readonly reason: 'steps' | 'early-stop';
  /** Steps done. */
  readonly step: number;
  readonly best: BestEvaluation | null;
  /** Folder of the checkpoint to use: that of the best evaluation, or the last where nothing was evaluated. */
  readonly checkpoint: string;
  /** The run had ended before; nothing was trained. */
  readonly repeated: boolean;
}

/**
 * Trains a run to its end, going on from its newest checkpoint where it has one: killed and resumed or not, it ends with the same
 * bytes. Throws `train/…`, `file/write-failed`, and `train/interrupted` at `signal`.
 */
export async function trainRun(options: TrainRunOptions): Promise<RunOutcome> {
  const { directory, spec, trainer } = options;
  if (spec.evaluation !== null && options.evaluate === undefined)
    throw new Error('the spec asks for evaluations, and there is no evaluate()');
  await makeRunFolder(directory);
  const lock = acquireRunLock(runFiles(directory).lock);
  try {
    const record = await RunRecord.open({
      directory,
      spec,
      threads: trainer.threads,
      codeVersion: codeVersionOf(options.engineVersion),
      fresh: options.fresh ?? false,
      onEvent: (event) => options.onEvent?.(event),
      onWarning: (message) => options.onWarning?.(message),
    });
    try {
      return await new TrainingLoop(options, record).run();
    } finally {
      record.close();
    }
  } finally {
    lock.release();
  }
}

class TrainingLoop {
  readonly #options: TrainRunOptions;
  readonly #record: RunRecord;
  #progress: RunProgress;

  constructor(options: TrainRunOptions, record: RunRecord) {
    this.#options = options;
    this.#record = record;
    this.#progress = record.progress;
  }

  async run(): Promise<RunOutcome> {
    const { spec, trainer } = this.#options;
    const { ended, resumed } = this.#record;
    if (ended !== null) return this.#outcome(ended.reason, true);
    try {
      if (resumed !== null) await trainer.restore(resumed.state);
      await this.#steps();
    } catch (thrown) {
      throw this.#failed(thrown);
    }
    const { step, best } = this.#progress;
    const reason = stopReason(this.#progress, spec)!;
    this.#record.emit({ type: 'run-end', step, reason, best, measured: { at: now() } });
    return this.#outcome(reason, false);
  }

  async #steps(): Promise<void> {
    const { spec, signal, trainer } = this.#options;
    let next = this.#batch(this.#progress.step);
    while (stopReason(this.#progress, spec) === null) {
      if (signal?.aborted) await this.#interrupt();
      const started = performance.now();
      const { microBatches, weight, tokens } = await next;
      const { step } = this.#progress;
      const pending = trainer.step({ step, microBatches, weight, learningRate: this.#learningRate });
      next = this.#batch(step + 1);
      this.#afterStep(await pending, { tokens, started });
      if (evaluationIsDue(this.#progress, spec)) await this.#evaluate();
      if (checkpointIsDue(this.#progress, spec))
        await this.#record.save(trainer, this.#progress, { scheduled: true });
    }
  }

  /** The batch of a step, made while the step before it is computed; a failure shows when it is waited for. */
  #batch(step: number): Promise<StepBatch> {
    const { plan, spec } = this.#options;
    if (step >= spec.schedule.steps) return new Promise(() => undefined);
    const batch = (async () => plan.batch(step))();
    batch.catch(() => undefined);
    return batch;
  }

  #afterStep(
    { loss, gradientNorm }: StepResult,
    { tokens, started }: { tokens: number; started: number },
  ): void {
    const learningRate = this.#learningRate;
    const context = this.#context;
    this.#progress = afterStep(this.#progress, loss);
    const seconds = (performance.now() - started) / 1000;
    const { step } = this.#progress;
    this.#record.emit({
      type: 'step-end',
      step,
      loss,
      gradientNorm,
      learningRate,
      tokens,
      measured: { seconds },
    });
    if (hasDiverged(this.#progress)) throw divergedRun(this.#progress, loss, context);
  }

  async #evaluate(): Promise<void> {
    const { spec, evaluate } = this.#options;
    const started = performance.now();
    const found = await evaluate!();
    const seconds = (performance.now() - started) / 1000;
    const { loss, quality } = found;
    if (!Number.isFinite(loss) || (quality !== null && !Number.isFinite(quality)))
      throw nonFiniteEvaluation(this.#progress, `loss ${loss}, quality ${quality}`, this.#context);
    this.#progress = afterEvaluation(this.#progress, spec, found);
    const { step, best } = this.#progress;
    this.#record.emit({
      type: 'evaluation-end',
      step,
      loss,
      quality,
      best: best?.step === step,
      measured: { seconds },
    });
  }

  async #interrupt(): Promise<never> {
    const { step } = this.#progress;
    if (step > 0 && this.#record.newestCheckpoint !== step)
      await this.#record.save(this.#options.trainer, this.#progress, { scheduled: false });
    this.#record.emit({ type: 'run-interrupted', step, measured: { at: now() } });
    throw interruptedRun(this.#progress, this.#context);
  }

  /** Tells the events of a failure; that they cannot be written does not hide it. */
  #failed(thrown: unknown): unknown {
    const error = explainStepFailure(thrown, this.#progress, this.#context);
    if (error instanceof HomegrownError && error.kind === 'interrupted') return error;
    const code = error instanceof HomegrownError ? error.code : 'internal';
    const { step } = this.#progress;
    try {
      this.#record.emit({
        type: 'run-failed',
        step,
        code,
        message: messageOf(error),
        measured: { at: now() },
      });
    } catch {
      // A full disk is what most likely failed before.
    }
    return error;
  }

  get #learningRate(): number {
    return learningRateAt(this.#options.spec.schedule, this.#progress.step);
  }

  get #context(): FailureContext {
    const { directory, plan, resumeCommand } = this.#options;
    const checkpoint = this.#record.newestCheckpoint;
    return { directory, plan, learningRate: this.#learningRate, checkpoint, resumeCommand };
  }

  #outcome(reason: RunOutcome['reason'], repeated: boolean): RunOutcome {
    const { step, best } = this.#progress;
    const checkpoint = checkpointDirectory(this.#options.directory, best?.step ?? step);
    return { reason, step, best, checkpoint, repeated };
  }
}
