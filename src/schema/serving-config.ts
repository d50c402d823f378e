import { z } from 'zod';

/** How the gateway treats an upstream while it serves. */
export const servingConfigSchema = z.strictObject({
  /** Milliseconds until a connection must stand. */
  connectMs: z.number().positive().default(5_000),
  /** Milliseconds from the request to the first content. */
  firstContentMs: z.number().positive().default(60_000),
  /** Milliseconds between two parts of a stream. */
  betweenPartsMs: z.number().positive().default(30_000),
  /** Milliseconds for the whole answer, retries not included. */
  wholeMs: z.number().positive().default(600_000),
  /** How often a failed call is tried again at this upstream before the next one of the chain is asked. */
  retries: z.number().int().nonnegative().max(10).default(2),
  /** Longest pause before a retry, milliseconds; an upstream that asks for a longer one with `retry-after` is given up. */
  maxPauseMs: z.number().nonnegative().default(10_000),
});
export type ServingConfig = z.infer<typeof servingConfigSchema>;
