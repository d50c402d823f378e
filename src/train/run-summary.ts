import type { BestEvaluation, Evaluation, RunEvent, RunEventOf } from '../schema/run-event.ts';
import type { RunMetric } from '../schema/run-spec.ts';
import { meanOf } from './run-progress.ts';

/** Whether a run goes on, ended, or why it does not go on; `killed` ended without a word. */
export type RunState = 'running' | 'finished' | 'interrupted' | 'failed' | 'killed';

/** What the events of a run come to. */
export interface RunSummary {
  readonly state: RunState;
  readonly stepsDone: number;
  /** null when the run has not said. */
  readonly steps: number | null;
  readonly metric: RunMetric | null;
  /** The mean of the last steps, at most 20; null before the first step. */
  readonly recentLoss: number | null;
  readonly learningRate: number | null;
  readonly best: BestEvaluation | null;
  readonly evaluations: readonly (Evaluation & { step: number })[];
  readonly endReason: 'steps' | 'early-stop' | null;
  readonly failure: { code: string; message: string } | null;
  readonly measured: {
    readonly tokensPerSecond: number | null;
    readonly secondsPerStep: number | null;
    /** Spent so far, evaluations and checkpoints included; what was lost to kills is not known. */
    readonly secondsSpent: number;
    readonly secondsLeft: number | null;
  };
}

/** What loss and speed are averaged over. */
export const RECENT_STEPS = 20;

/** Sums up the events of a run; `isRunning`: a process is training it. */
export function summariseRun(events: readonly RunEvent[], { isRunning }: { isRunning: boolean }): RunSummary {
  const start = events.find((event) => event.type === 'run-start');
  const steps = events.filter((event) => event.type === 'step-end');
  const evaluations = events.filter((event) => event.type === 'evaluation-end');
  const end = events.find((event) => event.type === 'run-end');
  const last = events.at(-1);
  const best = evaluations.findLast((event) => event.best);
  const recent = steps.slice(-RECENT_STEPS);
  const stepsDone = steps.at(-1)?.step ?? 0;
  const stepsInAll = start?.steps ?? null;
  return {
    state: stateOf(last, isRunning),
    stepsDone,
    steps: stepsInAll,
    metric: start?.metric ?? null,
    recentLoss: recent.length === 0 ? null : meanOf(recent.map(({ loss }) => loss)),
    learningRate: steps.at(-1)?.learningRate ?? null,
    best: best === undefined ? null : { step: best.step, loss: best.loss, quality: best.quality },
    evaluations: evaluations.map(({ step, loss, quality }) => ({ step, loss, quality })),
    endReason: end?.reason ?? null,
    failure: last?.type === 'run-failed' ? { code: last.code, message: last.message } : null,
    measured: measuredOf(
      events,
      recent,
      end === undefined && stepsInAll !== null ? stepsInAll - stepsDone : 0,
    ),
  };
}

function stateOf(last: RunEvent | undefined, isRunning: boolean): RunState {
  if (last?.type === 'run-end') return 'finished';
  if (isRunning) return 'running';
  if (last?.type === 'run-interrupted') return 'interrupted';
  return last?.type === 'run-failed' ? 'failed' : 'killed';
}

function measuredOf(
  events: readonly RunEvent[],
  recent: readonly RunEventOf<'step-end'>[],
  stepsLeft: number,
): RunSummary['measured'] {
  const spent = events.reduce(
    (sum, { measured }) => sum + ('seconds' in measured ? (measured.seconds ?? 0) : 0),
    0,
  );
  const seconds = recent.reduce((sum, { measured }) => sum + measured.seconds, 0);
  const tokens = recent.reduce((sum, event) => sum + event.tokens, 0);
  const stepSeconds = events.reduce(
    (sum, event) => sum + (event.type === 'step-end' ? event.measured.seconds : 0),
    0,
  );
  const isKnown = recent.length > 0 && seconds > 0;
  return {
    tokensPerSecond: isKnown ? tokens / seconds : null,
    secondsPerStep: isKnown ? seconds / recent.length : null,
    secondsSpent: spent,
    secondsLeft: isKnown ? (stepsLeft * (seconds / recent.length) * spent) / stepSeconds : null,
  };
}
