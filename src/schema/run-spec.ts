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

const schedule = {
  peakLearningRate: rate,
  /** Steps over which the rate rises from 0 to its peak in a straight line. */
  warmupSteps: step,
  /** Steps in all. */
  steps: count,
};

/** The learning rate of each step. */
export const scheduleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('constant'), ...schedule }),
    /** From the peak to `finalShare` of it along half a cosine. */
    z.strictObject({ kind: z.literal('cosine'), ...schedule, finalShare: share }),
    /** From the peak to `finalShare` of it in a straight line. */
    z.strictObject({ kind: z.literal('linear'), ...schedule, finalShare: share }),
    /** At the peak until the last `decaySteps`, over which it falls to `finalShare` in a straight line. */
    z.strictObject({
      kind: z.literal('warmup-stable-decay'),
      ...schedule,
      finalShare: share,
      decaySteps: count,
    }),
  ])
  .refine((given) => given.warmupSteps + ('decaySteps' in given ? given.decaySteps : 0) <= given.steps, {
    message: 'warm-up and decay must fit into the steps',
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
