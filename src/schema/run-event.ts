import { z } from 'zod';
import { runMetricSchema } from './run-spec.ts';

/** Steps done, this one included: the first step is 1. */
const step = z.number().int().nonnegative();
const seconds = z.number().nonnegative();
const measuredSeconds = z.strictObject({ seconds });

/** What an evaluation found. */
export const evaluationSchema = z.strictObject({
  loss: z.number(),
  /** The spec's metric; null when that is the loss itself. */
  quality: z.number().nullable(),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** The best evaluation so far and the step it was made after. */
export const bestEvaluationSchema = evaluationSchema.extend({ step });
export type BestEvaluation = z.infer<typeof bestEvaluationSchema>;

/** What a run says while it goes on; each is a line of `events.jsonl`. What a clock or a machine decides is under `measured`. */
export const runEventSchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('run-start'),
    specHash: z.string(),
    codeVersion: z.string(),
    homegrown: z.string(),
    threads: z.number().int(),
    steps: z.number().int(),
    /** What evaluations are compared by; null when there are none. */
    metric: runMetricSchema.nullable(),
    measured: z.strictObject({
      at: z.string(),
      cpu: z.string(),
      cores: z.number().int(),
      memoryBytes: z.number(),
      node: z.string(),
      platform: z.string(),
    }),
  }),
  z.strictObject({
    type: z.literal('step-end'),
    step,
    loss: z.number(),
    /** Before clipping. */
    gradientNorm: z.number(),
    learningRate: z.number(),
    /** Trained tokens of this step. */
    tokens: z.number().int(),
    measured: measuredSeconds,
  }),
  evaluationSchema.extend({
    type: z.literal('evaluation-end'),
    step,
    /** Whether it is the best so far. */
    best: z.boolean(),
    measured: measuredSeconds,
  }),
  z.strictObject({
    type: z.literal('checkpoint-saved'),
    step,
    /** null when the process was killed before it could say. */
    measured: z.strictObject({ seconds: seconds.nullable() }),
  }),
  /** Goes on after this many steps; 0: from the start. */
  z.strictObject({ type: z.literal('run-resume'), step, measured: z.strictObject({ at: z.string() }) }),
  /** Stopped by its user; a checkpoint of this step is there. */
  z.strictObject({ type: z.literal('run-interrupted'), step, measured: z.strictObject({ at: z.string() }) }),
  z.strictObject({
    type: z.literal('run-end'),
    step,
    reason: z.enum(['steps', 'early-stop']),
    best: bestEvaluationSchema.nullable(),
    measured: z.strictObject({ at: z.string() }),
  }),
  z.strictObject({
    type: z.literal('run-failed'),
    step,
    /** Of the error, `room/what-happened`. */
    code: z.string(),
    message: z.string(),
    measured: z.strictObject({ at: z.string() }),
  }),
]);
export type RunEvent = z.infer<typeof runEventSchema>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** Events that tell of stopping and going on; without them a resumed run says what one left alone says. */
export const RUN_MARKERS: readonly RunEvent['type'][] = ['run-resume', 'run-interrupted', 'run-failed'];
