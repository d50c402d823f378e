import { z } from 'zod';

const count = z.number().int().nonnegative();

/** Tokens as whoever answered counted them; null where it did not say. Cached input is part of input, reasoning of output. */
export const tokenCountsSchema = z.strictObject({
  input: count.nullable(),
  /** Of `input`: read from the provider's cache. */
  cachedInput: count.nullable(),
  /** Of `input`. */
  audioInput: count.nullable(),
  output: count.nullable(),
  /** Of `output`. */
  reasoning: count.nullable(),
  /** Of `output`. */
  audioOutput: count.nullable(),
});
export type TokenCounts = z.infer<typeof tokenCountsSchema>;

/** Routes whose calls are inferences. */
export const endpointSchema = z.enum(['chat-completions', 'responses', 'embeddings', 'predict']);
export type Endpoint = z.infer<typeof endpointSchema>;

/** In what state whoever answered was: `upstream` is a model somebody else trained. */
export const answeredAsSchema = z.enum(['upstream', 'live', 'canary', 'shadow', 'version']);
export type AnsweredAs = z.infer<typeof answeredAsSchema>;

/** One try to get an answer; a call with retries and fall-backs has several. */
export const attemptSchema = z.strictObject({
  /** `<upstream>/<its model>` or `<model>@<version>`. */
  target: z.string(),
  /** HTTP status of the answer; null when there was none. */
  status: z.number().int().nullable(),
  /** Why it was not used, an error code; null when it was. */
  failure: z.string().nullable(),
  durationMs: z.number().nonnegative(),
});
export type Attempt = z.infer<typeof attemptSchema>;

/** What is known of one call without its contents: what lists show. */
export const inferenceSummarySchema = z.strictObject({
  /** Sorts by time: `inf_` and 26 characters. */
  id: z.string(),
  /** When the request had arrived, ISO 8601 with milliseconds. */
  at: z.string(),
  endpoint: endpointSchema,
  task: z.string().nullable(),
  /** The model as the client named it. */
  model: z.string(),
  /** Who answered: `<upstream>/<its model>` or `<model>@<version>`; null when nobody did. */
  target: z.string().nullable(),
  answeredAs: answeredAsSchema.nullable(),
  /** For a shadow: the inference whose request was repeated. */
  shadowOf: z.string().nullable(),
  user: z.string().nullable(),
  /** What belongs together: a conversation, a customer. */
  group: z.string().nullable(),
  tags: z.record(z.string(), z.string()),
  /** Id of the key that was used. */
  key: z.string().nullable(),
  requestId: z.string(),
  /** The id in the answer itself, for example `chatcmpl-…`. */
  responseId: z.string().nullable(),
  /** HTTP status that the client got; 499 when it left before. */
  status: z.number().int(),
  /** null when the answer was whole. */
  error: z.strictObject({ code: z.string(), message: z.string() }).nullable(),
  stream: z.boolean(),
  attempts: z.array(attemptSchema),
  /** From the request's arrival to the end of the answer. */
  durationMs: z.number().nonnegative(),
  /** To the first content; null when not streamed. */
  firstContentMs: z.number().nonnegative().nullable(),
  tokens: tokenCountsSchema,
  /** US dollars; null when the price or the tokens are unknown. */
  costUsd: z.number().nonnegative().nullable(),
});
export type InferenceSummary = z.infer<typeof inferenceSummarySchema>;

/** One captured call. Contents are redacted before they are written anywhere. */
export const inferenceSchema = inferenceSummarySchema.extend({
  /** The request's body, JSON text. */
  request: z.string(),
  /** The answer's body, JSON text (a stream is merged into one answer); null when there was none. */
  response: z.string().nullable(),
});
export type Inference = z.infer<typeof inferenceSchema>;
