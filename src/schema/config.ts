import type { LanguageModelV4 } from '@ai-sdk/provider';
import { z } from 'zod';
import { rungNameSchema } from './rung-name.ts';

const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'expected lower-case letters, digits, "-" and "_", at most 63');

/** Left out: the column of that very name where there is one. null: none, even if there is one. */
const optionalColumn = z.string().nullable().optional();

/** Names of the columns or JSON keys that hold each part of an example. */
export const columnsSchema = z.strictObject({
  input: z.string().default('input'),
  output: z.string().default('output'),
  group: optionalColumn,
  time: optionalColumn,
  weight: optionalColumn,
  split: optionalColumn,
});
export type Columns = z.infer<typeof columnsSchema>;

/** A chat-completion request as far as mapping needs it. */
export type ChatRequest = { messages: readonly { role: string; content: unknown }[] } & Record<
  string,
  unknown
>;

const inputMapping = z.custom<(request: ChatRequest) => string | null>(
  (value) => typeof value === 'function',
  'expected a function',
);

export const taskConfigSchema = z.strictObject({
  kind: z.literal('classify'),
  /** Files or globs, relative to the config: `.jsonl`, `.csv`, `.parquet`. */
  data: z
    .union([z.string(), z.array(z.string()).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value)),
  columns: columnsSchema.prefault({}),
  /** What the outputs mean; prompts use it. */
  instruction: z.string().optional(),
  metric: z.enum(['accuracy', 'macro-f1']).default('accuracy'),
  /** Largest loss against the best candidate that still counts as equally good, as a share (0.01 = 1 point). */
  tolerance: z.number().min(0).max(1).default(0.01),
  minQuality: z.number().min(0).max(1).optional(),
  limits: z
    .strictObject({
      p95LatencyMs: z.number().positive().optional(),
      costPer1kUsd: z.number().nonnegative().optional(),
    })
    .prefault({}),
  budget: z
    .strictObject({ minutes: z.number().positive().default(10), usd: z.number().nonnegative().optional() })
    .prefault({}),
  /** Omitted: all that can run here. */
  rungs: z.array(rungNameSchema).min(1).optional(),
  curation: z
    .strictObject({
      /** What to do with one input that has several outputs. `majority` keeps the commonest and drops ties. */
      conflictingOutputs: z.enum(['majority', 'drop']).default('majority'),
      /** Inputs longer than this many UTF-16 code units are removed and reported. */
      maxInputLength: z.number().int().positive().default(1_000_000),
    })
    .prefault({}),
  seed: z.number().int().nonnegative().max(0xffffffff).default(1),
  /** How a chat request becomes this task's input; null when it does not map. Default: text of the last user message. */
  input: inputMapping.optional(),
});
export type TaskConfig = z.infer<typeof taskConfigSchema>;

const priceSchema = z.strictObject({
  inputPer1mUsd: z.number().nonnegative(),
  outputPer1mUsd: z.number().nonnegative(),
});

const upstreamLimits = {
  /** Unknown when left out: costs are then null, and a task with `budget.usd` does not call it. */
  price: priceSchema.optional(),
  requestsPerMinute: z.number().positive().default(600),
  concurrency: z.number().int().positive().default(4),
  timeoutMs: z.number().positive().default(60_000),
  maxRetries: z.number().int().nonnegative().default(4),
};

/** An OpenAI-compatible address. */
export const addressUpstreamSchema = z.strictObject({
  baseUrl: z.url(),
  /** Name of the environment variable that holds the key. */
  apiKeyEnv: z.string().optional(),
  model: z.string(),
  ...upstreamLimits,
});

/** An AI SDK model object, with the same limits. */
export const modelUpstreamSchema = z.strictObject({
  model: z.custom<LanguageModelV4>(
    (value) => typeof value === 'object' && value !== null && 'doGenerate' in value && 'modelId' in value,
    'expected an AI SDK language model (an object with modelId and doGenerate)',
  ),
  ...upstreamLimits,
});

export const upstreamConfigSchema = z.union([addressUpstreamSchema, modelUpstreamSchema]);
export type UpstreamConfig = z.infer<typeof upstreamConfigSchema>;

/** `homegrown.config.ts`, default export. */
export const configSchema = z.strictObject({
  tasks: z.record(name, taskConfigSchema),
  upstreams: z.record(name, upstreamConfigSchema).default({}),
  /** What own hardware costs, so that measured seconds become money. Without it own models' costs are null. */
  machine: z.strictObject({ usdPerHour: z.number().nonnegative() }).optional(),
  server: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port: z.number().int().min(0).max(65535).default(4400),
      /** Largest request body in bytes. */
      maxBodyBytes: z
        .number()
        .int()
        .positive()
        .default(20 * 1024 * 1024),
    })
    .prefault({}),
});
export type Config = z.infer<typeof configSchema>;
/** What a user writes: defaults may be left out. */
export type ConfigInput = z.input<typeof configSchema>;
