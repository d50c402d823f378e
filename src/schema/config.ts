import type { LanguageModelV4 } from '@ai-sdk/provider';
import { z } from 'zod';
import { accessConfigSchema } from './access-config.ts';
import { inputMappingSchema, outputMappingSchema } from './call-mapping.ts';
import { capturedSourceSchema } from './captured-source.ts';
import { captureConfigSchema } from './capture-config.ts';
import { embeddingModelSchema } from './embedding-model.ts';
import { priceSchema } from './price-config.ts';
import { promotionConfigSchema } from './promotion-config.ts';
import { rungNameSchema } from './rung-name.ts';
import { servingConfigSchema } from './serving-config.ts';
import { storeConfigSchema } from './store-config.ts';
import { telemetryConfigSchema } from './telemetry-config.ts';

export type { ChatRequest } from './call-mapping.ts';

/** What tasks and upstreams may be called. */
export const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,62}$/, 'expected lower-case letters, digits, "-" and "_", at most 63');

/** Left out: the column of that very name where there is one. null: none, even if there is one. */
const optionalColumn = z.string().nullable().optional();

/** Names of the columns or JSON keys that hold each part of an example. */
export const columnsSchema = z
  .strictObject({
    /** The text to classify. */
    input: z.string().default('input'),
    /** Its label. */
    output: z.string().default('output'),
    /** What belongs together (a user, a conversation, a source) and must not be split between training and evaluation. */
    group: optionalColumn,
    /** When it happened, ISO 8601. */
    time: optionalColumn,
    /** How much it counts in training, a number above 0. */
    weight: optionalColumn,
    /** `train`, `validation` or `held-out`, where you have decided it yourself. */
    split: optionalColumn,
  })
  .refine(
    ({ input, output }) => input !== output,
    'expected different columns for input (by default "input") and output (by default "output")',
  );
export type Columns = z.infer<typeof columnsSchema>;

const dataSourceSchema = z.union([z.string(), capturedSourceSchema]);

export const taskConfigSchema = z.strictObject({
  /** What is to be learned: one label for each input. */
  kind: z.literal('classify'),
  /** Files or globs, relative to the config (`.jsonl`, `.csv`, `.parquet`), and captured calls: `captured()`; see Captured calls below. */
  data: z
    .union([dataSourceSchema, z.array(dataSourceSchema).min(1)])
    .transform((value) => (Array.isArray(value) ? value : [value])),
  /** Where each part of an example is; see Columns below. */
  columns: columnsSchema.prefault({}),
  /** What the outputs mean; prompts use it. */
  instruction: z.string().optional(),
  /** What quality means: share of right answers, or the mean F1 of all classes, which counts rare classes as much as common ones. */
  metric: z.enum(['accuracy', 'macro-f1']).default('accuracy'),
  /** Largest loss against the best candidate that still counts as equally good, as a share (0.01 = 1 point). */
  tolerance: z.number().min(0).max(1).default(0.01),
  /** Quality that is good enough: a climb stops when it is reached, and no model below it goes live. */
  minQuality: z.number().min(0).max(1).optional(),
  /** What a model must keep to; one that cannot be shown to keep a limit is not chosen. */
  limits: z
    .strictObject({
      /** Milliseconds within which 95 of 100 calls are answered. */
      p95LatencyMs: z.number().positive().optional(),
      /** US dollars for 1,000 calls. */
      costPer1kUsd: z.number().nonnegative().optional(),
    })
    .prefault({}),
  /** What a climb may use. */
  budget: z
    .strictObject({
      /** Minutes of building and evaluating. */
      minutes: z.number().positive().default(10),
      /** US dollars for upstream calls; left out: no limit. */
      usd: z.number().nonnegative().optional(),
    })
    .prefault({}),
  /** Techniques to try; left out: all that can run here. */
  rungs: z.array(rungNameSchema).min(1).optional(),
  /** How doubtful examples are treated. */
  curation: z
    .strictObject({
      /** What to do with one input that has several outputs. `majority` keeps the commonest and drops ties. */
      conflictingOutputs: z.enum(['majority', 'drop']).default('majority'),
      /** Inputs longer than this many UTF-16 code units are removed and reported. */
      maxInputLength: z.number().int().positive().default(1_000_000),
    })
    .prefault({}),
  /** Start of all random choices: the same data, config and seed give the same model files. */
  seed: z.number().int().nonnegative().max(0xffffffff).default(1),
  /** How a chat request becomes this task's input; null when it does not map. Default: text of the last user message. */
  input: inputMappingSchema.optional(),
  /** How a label is read out of an answer and written into one. Default: the text, or the property of the JSON that `response_format` asks for. */
  output: outputMappingSchema.optional(),
  /**
   * Who answers this task's calls until an own model does, and after it when it fails or a call does not map:
   * `<upstream>` or `<upstream>/<its model>`, several in the order in which they are tried.
   */
  upstream: z
    .union([z.string(), z.array(z.string()).min(1)])
    .transform((value) => (typeof value === 'string' ? [value] : value))
    .optional(),
  /** Makes calls this task's that name neither it nor another task: gets the request's body, says true or false. */
  claims: z
    .custom<(request: Record<string, unknown>) => boolean>(
      (value) => typeof value === 'function',
      'expected a function',
    )
    .optional(),
  /** How a new model takes over. */
  promotion: promotionConfigSchema.prefault({}),
  /** Days after which captured calls of this task are deleted; left out: never. */
  retentionDays: z.number().positive().optional(),
});
export type TaskConfig = z.infer<typeof taskConfigSchema>;

const upstreamLimits = {
  /** Left out: the price that comes with Homegrown for this provider's model. Unknown there too: costs are null, and a task with `budget.usd` does not call it. */
  price: priceSchema.optional(),
  /** Most calls started in a minute. */
  requestsPerMinute: z.number().positive().default(600),
  /** Most calls under way at once. */
  concurrency: z.number().int().positive().default(4),
  /** Milliseconds after which an unanswered call counts as failed. */
  timeoutMs: z.number().positive().default(60_000),
  /** How often a failed call is tried again, with growing pauses. */
  maxRetries: z.number().int().nonnegative().default(4),
  /** Time-outs and retries of calls that pass through the gateway. */
  serving: servingConfigSchema.prefault({}),
};

/** An OpenAI-compatible address. */
export const addressUpstreamSchema = z.strictObject({
  /** Address up to and including `/v1`. */
  baseUrl: z.url(),
  /** Name of the environment variable that holds the key. */
  apiKeyEnv: z.string().optional(),
  /** The provider's name of the model. */
  model: z.string(),
  ...upstreamLimits,
});

/** An AI SDK model object, with the same limits. */
export const modelUpstreamSchema = z.strictObject({
  /** The model object, for example `anthropic('claude-…')`. */
  model: z.custom<LanguageModelV4>(
    (value) => typeof value === 'object' && value !== null && 'doGenerate' in value && 'modelId' in value,
    'expected an AI SDK language model (an object with modelId and doGenerate)',
  ),
  /** Embedding model object for `/v1/embeddings`, for example `openai.embedding('text-embedding-…')`. */
  embeddings: embeddingModelSchema.optional(),
  ...upstreamLimits,
});

export type ModelUpstreamConfig = z.infer<typeof modelUpstreamSchema>;

export const upstreamConfigSchema = z.union([addressUpstreamSchema, modelUpstreamSchema]);
export type UpstreamConfig = z.infer<typeof upstreamConfigSchema>;

/** `homegrown.config.ts`, default export. */
export const configSchema = z.strictObject({
  /** What is to be learned, by name: lower-case letters, digits, `-` and `_`. */
  tasks: z.record(nameSchema, taskConfigSchema),
  /** Language models to call, by name: those a task's prompts may use. */
  upstreams: z.record(nameSchema, upstreamConfigSchema).default({}),
  /** Upstream of calls whose model names none; left out: the only upstream, if there is one. */
  defaultUpstream: nameSchema.optional(),
  /** What models cost that Homegrown does not know or knows otherwise, by the provider's name of the model or `<upstream>/<its model>`. */
  prices: z.record(z.string().min(1), priceSchema).default({}),
  /** How calls are kept. */
  capture: captureConfigSchema.prefault({}),
  /** Where everything is kept besides files. */
  store: storeConfigSchema.prefault({}),
  /** Who may call. */
  access: accessConfigSchema.prefault({}),
  /** What the server tells about its calls. */
  telemetry: telemetryConfigSchema.prefault({}),
  /** What own hardware costs, so that measured seconds become money. Without it own models' costs are null. */
  machine: z
    .strictObject({
      /** US dollars for an hour of the machine that serves. */
      usdPerHour: z.number().nonnegative(),
    })
    .optional(),
  /** What `homegrown serve` listens on. */
  server: z
    .strictObject({
      /** Address to listen on; the default answers this machine only. */
      host: z.string().default('127.0.0.1'),
      /** Port to listen on; 0 takes a free one. */
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
