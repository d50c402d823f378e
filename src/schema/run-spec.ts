import { z } from 'zod';
import { architectureSchema } from './architecture.ts';

const count = z.number().int().positive();
const step = z.number().int().nonnegative();
const share = z.number().min(0).max(1);
const rate = z.number().positive();
const decay = z.number().min(0).lt(1);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/u, 'must be a SHA-256 in hexadecimal');

/** Shared by all optimizers: decoupled weight decay, and the norm that gradients are clipped to. */
const update = { weightDecay: z.number().nonnegative(), clipNorm: rate.nullable() };

/** How parameters follow gradients. */
export const optimizerSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('adamw'), beta1: decay, beta2: decay, epsilon: rate, ...update }),
  z.strictObject({ kind: z.literal('sgd'), momentum: decay, ...update }),
]);
export type Optimizer = z.infer<typeof optimizerSchema>;

/**
 * The learning rate of each step: a straight line up to the peak, then `constant`; `linear` or `cosine` down to `finalShare` of the peak at
 * the last step; or at the peak until the last `decaySteps` and from there down in a straight line (`warmup-stable-decay`).
 */
export const scheduleSchema = z
  .strictObject({
    kind: z.enum(['constant', 'linear', 'cosine', 'warmup-stable-decay']),
    peakLearningRate: rate,
    warmupSteps: step,
    /** Steps of the whole run. */
    steps: count,
    finalShare: share,
    decaySteps: count.optional(),
  })
  .refine(({ kind, decaySteps }) => (kind === 'warmup-stable-decay') === (decaySteps !== undefined), {
    message: 'needed by warmup-stable-decay, and by no other kind',
    path: ['decaySteps'],
  })
  .refine(({ warmupSteps, decaySteps = 0, steps }) => warmupSteps + decaySteps <= steps, {
    message: 'must hold warm-up and decay',
    path: ['steps'],
  });
export type Schedule = z.infer<typeof scheduleSchema>;

/** What makes one evaluation better than another: a lower loss, or a higher value of the others. */
export const runMetricSchema = z.enum(['loss', 'accuracy', 'macro-f1']);
export type RunMetric = z.infer<typeof runMetricSchema>;

/**
 * `spec.json` of a run: everything that decides its numbers but the bytes of the data and the code. The same spec, data
 * and code give the same weights, bit by bit.
 */
export const runSpecSchema = z.strictObject({
  format: z.literal(1),
  engine: z.literal('embedded'),
  /** The task of the config that it is for; null for none. */
  task: z.string().min(1).nullable(),
  architecture: architectureSchema,
  /** The `tokenizer.json` that made the ids; null where inputs are no text. */
  tokenizer: z.strictObject({ sha256 }).nullable(),
  /** Hash of the data-set version. */
  dataset: z.string().min(1),
  objective: z.enum(['classify', 'next-token']),
  optimizer: optimizerSchema,
  schedule: scheduleSchema,
  batch: z.strictObject({
    unit: z.enum(['tokens', 'examples']),
    /** Trained tokens or examples of one update. */
    perStep: count,
    /** Most tokens that go through the network at once, padding included. */
    microBatchTokens: count,
  }),
  labelSmoothing: decay,
  /** Weights averaged over steps are what is evaluated and kept: average = decay × average + (1 - decay) × weights. */
  averaging: z.strictObject({ decay }).nullable(),
  evaluation: z
    .strictObject({
      everySteps: count,
      /** Stop after so many evaluations without a better one; null: never. */
      patience: count.nullable(),
      metric: runMetricSchema,
    })
    .nullable(),
  checkpointEverySteps: count,
  seed: z.number().int().nonnegative().max(0xffff_ffff),
  threads: count,
  precision: z.literal('float32'),
});
export type RunSpec = z.infer<typeof runSpecSchema>;
