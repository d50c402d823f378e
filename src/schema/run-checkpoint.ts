import { z } from 'zod';
import { bestEvaluationSchema } from './run-event.ts';

/** `checkpoint.json`: what a run must know to go on, besides the trainer's state, and what it must not go on without. */
export const runCheckpointSchema = z.strictObject({
  format: z.literal(1),
  /** Steps done. */
  step: z.number().int().nonnegative(),
  /** Whether the spec asked for it; one of an interruption goes when the next of these is there. */
  scheduled: z.boolean(),
  specHash: z.string(),
  dataset: z.string(),
  codeVersion: z.string(),
  homegrown: z.string(),
  threads: z.number().int().positive(),
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.number().int().nonnegative() })),
  best: bestEvaluationSchema.nullable(),
  /** Evaluations since the best one. */
  evaluationsWithoutBetter: z.number().int().nonnegative(),
  /** Losses that divergence is judged by, oldest first, and how many steps in a row were too high. */
  recentLosses: z.array(z.number()),
  stepsTooHigh: z.number().int().nonnegative(),
});
export type RunCheckpoint = z.infer<typeof runCheckpointSchema>;
