import { z } from 'zod';

/** How the gateway treats an upstream while it serves. */
export const servingConfigSchema = z.strictObject({
  /** Milliseconds until a connection must stand. */
  connectMs: z.number().positive().default(5_000),
  /** Milliseconds from the request to the first content of a stream. */
  firstContentMs: z.number().positive().default(60_000),
  /** Milliseconds between two parts of an answer under way; a comment, with which a server says that it is still at work, is a part. */
  betweenPartsMs: z.number().positive().default(30_000),
  /** Milliseconds for the whole answer, retries not included. */
  wholeMs: z.number().positive().default(600_000),
  /** How often a failed call is tried again at this upstream before the next one of the chain is asked. */
  retries: z.number().int().nonnegative().max(10).default(2),
  /** Longest pause before a retry, milliseconds; an upstream that asks for a longer one with `retry-after` is given up. */
  maxPauseMs: z.number().nonnegative().default(10_000),
  /** Largest answer that is taken, whole or streamed, bytes. */
  maxAnswerBytes: z
    .number()
    .int()
    .positive()
    .default(64 * 1024 * 1024),
  /** Ask for the usage of streams of chat completions (`stream_options.include_usage`) where the client did not; `false` for a server that refuses it. */
  streamUsage: z.boolean().default(true),
});
export type ServingConfig = z.infer<typeof servingConfigSchema>;
