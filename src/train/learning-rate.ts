import type { Schedule } from '../schema/run-spec.ts';

/** The learning rate of a step, from 0: warm-up in a straight line to the peak, then as the schedule's kind says. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { peakLearningRate, warmupSteps } = schedule;
  if (step < warmupSteps) return (peakLearningRate * (step + 1)) / warmupSteps;
  if (schedule.kind === 'constant') return peakLearningRate;
  const { finalShare } = schedule;
  return peakLearningRate * (finalShare + (1 - finalShare) * remainingShare(schedule, step));
}

/** From 1 where the decay begins to 0 at the end. */
function remainingShare(schedule: Exclude<Schedule, { kind: 'constant' }>, step: number): number {
  const { kind, steps, warmupSteps } = schedule;
  const from = kind === 'warmup-stable-decay' ? steps - schedule.decaySteps : warmupSteps;
  const done = Math.min(1, Math.max(0, (step - from) / Math.max(1, steps - from)));
  return kind === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1 - done;
}
