import { z } from 'zod';

/** Kinds of personal data and secrets that are found by their form. */
export const redactionKindSchema = z.enum(['email', 'phone', 'card', 'iban', 'key']);
export type RedactionKind = z.infer<typeof redactionKindSchema>;

/** How calls are kept. */
export const captureConfigSchema = z.strictObject({
  /** `async`: calls of the last `flushMs` can be lost when the process is killed. `sync`: an answer ends once its call is on disk. `off`: nothing is kept. */
  mode: z.enum(['async', 'sync', 'off']).default('async'),
  /** Longest time a call of `async` stays in memory alone, milliseconds. */
  flushMs: z.number().int().min(1).max(10_000).default(50),
  /** Most bytes that wait on this disk while the store does not answer; what comes after is dropped and counted. */
  maxWaitingBytes: z
    .number()
    .int()
    .positive()
    .default(1024 ** 3),
  /** What is replaced in requests and answers before they are written anywhere. */
  redact: z.array(redactionKindSchema).default(['email', 'phone', 'card', 'iban', 'key']),
  /** Your own replacements, applied to every text in a request or an answer. */
  redactText: z
    .custom<(text: string) => string>((value) => typeof value === 'function', 'expected a function')
    .optional(),
});
export type CaptureConfig = z.infer<typeof captureConfigSchema>;
