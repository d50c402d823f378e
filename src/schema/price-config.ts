import { z } from 'zod';

const rate = z.number().nonnegative();

const dearerRates = {
  /** Tokens read from the provider's cache; left out: as other input. */
  cachedInputPer1mUsd: rate.optional(),
  /** Tokens written to the provider's cache; left out: as other input. */
  cacheWritePer1mUsd: rate.optional(),
  /** Reasoning tokens; left out: as other output. */
  reasoningPer1mUsd: rate.optional(),
  /** Audio tokens sent; left out: as other input. */
  audioInputPer1mUsd: rate.optional(),
  /** Audio tokens received; left out: as other output. */
  audioOutputPer1mUsd: rate.optional(),
};

const otherRates = {
  inputPer1mUsd: rate.optional(),
  outputPer1mUsd: rate.optional(),
  ...dearerRates,
};

/** Rates of calls with more input tokens than this; what is left out is as it is below. */
const longInputSchema = z.strictObject({
  aboveInputTokens: z.number().int().positive(),
  ...otherRates,
});

/** What a model costs, US dollars for a million tokens, and how much it takes and gives. */
export const priceSchema = z.strictObject({
  /** US dollars for a million input tokens. */
  inputPer1mUsd: rate,
  /** US dollars for a million output tokens. */
  outputPer1mUsd: rate,
  ...dearerRates,
  /** Most tokens it takes. */
  maxInputTokens: z.number().int().positive().optional(),
  /** Most tokens it gives; what a call without a limit of its own may cost is reckoned with it. */
  maxOutputTokens: z.number().int().positive().optional(),
  /** Other rates for long input, the smallest first. */
  longInput: z.array(longInputSchema).optional(),
  /** Other rates for calls with this `service_tier`, for example `priority` or `flex`. */
  serviceTiers: z
    .record(z.string(), z.strictObject({ ...otherRates, longInput: z.array(longInputSchema).optional() }))
    .optional(),
});
export type Price = z.infer<typeof priceSchema>;
