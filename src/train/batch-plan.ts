import type { Feeds } from '../engine/training/trainer.ts';

/** What one update learns from. */
export interface StepBatch {
  readonly microBatches: readonly Feeds[];
  /** What the summed loss and gradients are divided by: trained tokens or examples in all micro-batches together. */
  readonly weight: number;
  /** Trained tokens, for the speed that is shown. */
  readonly tokens: number;
}

/**
 * Which examples each step learns from: a pure function of the data, the seed and the step, so that a run that goes on needs no
 * memory of where its data was.
 */
export interface BatchPlan {
  /** The batch of a step, from 0. May be asked for before the step before it has ended. */
  batch(step: number): StepBatch | Promise<StepBatch>;
  /** What is in a micro-batch, for the error of a step that gave no finite number: `examples 17, 240 and 3`. */
  describe?(step: number, microBatch: number): string;
}
