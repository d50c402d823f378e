import { z } from 'zod';

const share = z.number().min(0).max(1);

/** How a new model of a task takes over, step by step. */
export const promotionConfigSchema = z.strictObject({
  /** Copies of live calls that a shadow answers, out of the caller's path. */
  shadow: z
    .strictObject({
      /** Share of the task's calls. */
      share: share.default(0.1),
      /** US dollars that a shadow may spend in all. */
      maxUsd: z.number().nonnegative().optional(),
      /** Share of equal answers that a canary needs first. */
      minAgreement: share.optional(),
      /** Calls that must have been compared first. */
      minCalls: z.number().int().positive().default(200),
    })
    .prefault({}),
  /** Calls that a canary answers; a user or group is always on the same side. */
  canary: z
    .strictObject({
      /** Share of the task's users and groups. */
      share: share.default(0.1),
      /** Calls of the canary before it may go live. */
      minCalls: z.number().int().positive().default(500),
      /**
       * Largest loss of accepted answers against whoever answers now, as a share. A canary passes when its loss is shown to be smaller, and
       * is rolled back when it is shown to lose at all; of losses under half of this neither may ever be shown.
       */
      maxAcceptanceLoss: z.number().gt(0).max(0.5).default(0.03),
      /** `required`: without enough feedback a canary never passes. `optional`: it passes by the other gates. */
      feedback: z.enum(['required', 'optional']).default('required'),
      /** Largest share of failed calls. */
      maxErrorRate: z.number().gt(0).max(1).default(0.02),
      /** Largest 95th percentile of the time of an answer, milliseconds; left out: the task's `limits.p95LatencyMs`. */
      maxP95Ms: z.number().positive().optional(),
      /** Largest cost of 1,000 calls, US dollars; left out: the task's `limits.costPer1kUsd`. */
      maxCostPer1kUsd: z.number().nonnegative().optional(),
      /** Chance that a model as good as the live one is rolled back, over the whole time it is watched. */
      falseAlarm: z.number().gt(0).lt(1).default(0.05),
    })
    .prefault({}),
  /** `manual`: each step is asked for. `automatic`: a step follows when the gates of the one before are passed. */
  steps: z.enum(['manual', 'automatic']).default('manual'),
});
export type PromotionConfig = z.infer<typeof promotionConfigSchema>;
