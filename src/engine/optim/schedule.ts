/** How the learning rate goes over the steps of a run. */
export interface Schedule {
  readonly kind: 'constant' | 'linear' | 'cosine' | 'warmup-stable-decay';
  readonly peakLearningRate: number;
  /** Steps in which the rate rises from near 0 to the peak. */
  readonly warmupSteps: number;
  /** Steps of the whole run. */
  readonly steps: number;
  /** What is left of the peak at the last step. */
  readonly finalShare: number;
  /** Steps of the decay at the end of `warmup-stable-decay`. */
  readonly decaySteps?: number | undefined;
}

/** The learning rate of a step, counted from 0. */
export function learningRateAt(schedule: Schedule, step: number): number {
  const { peakLearningRate, warmupSteps, finalShare } = schedule;
  if (step < warmupSteps) return (peakLearningRate * (step + 1)) / warmupSteps;
  return peakLearningRate * (finalShare + (1 - finalShare) * remainingShare(schedule, step));
}

/** From 1 after the warm-up to 0 at the last step. */
function remainingShare({ kind, warmupSteps, steps, decaySteps = 0 }: Schedule, step: number): number {
  const start = kind === 'warmup-stable-decay' ? Math.max(warmupSteps, steps - decaySteps) : warmupSteps;
  const done = Math.min(1, Math.max(0, (step - start) / Math.max(1, steps - 1 - start)));
  if (kind === 'constant') return 1;
  return kind === 'cosine' ? (1 + Math.cos(Math.PI * done)) / 2 : 1 - done;
}
