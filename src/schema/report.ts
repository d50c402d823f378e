import { z } from 'zod';
import { candidateManifestSchema } from './candidate-manifest.ts';
import { datasetManifestSchema } from './dataset-manifest.ts';
import { rungNameSchema } from './rung-name.ts';

/** A measured number with its 95 % interval; null bounds when they cannot be known. */
export const estimateSchema = z.strictObject({
  value: z.number(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});
export type Estimate = z.infer<typeof estimateSchema>;

export const classQualitySchema = z.strictObject({
  label: z.string(),
  /** Examples of this class in the split. */
  support: z.number().int(),
  precision: estimateSchema.nullable(),
  recall: estimateSchema.nullable(),
  f1: estimateSchema.nullable(),
});

export const calibrationSchema = z.strictObject({
  /** Expected calibration error over 15 equal-mass bins of the top probability (Naeini 2015; Nguyen & O'Connor 2015). */
  error: estimateSchema,
  bins: z.array(z.strictObject({ confidence: z.number(), accuracy: z.number(), count: z.number().int() })),
});

/** A candidate's quality on one set of predictions. */
export const qualitySchema = z.strictObject({
  /** Examples scored and their groups. With cross-validation each example counts once. */
  examples: z.number().int(),
  groups: z.number().int(),
  accuracy: estimateSchema,
  macroF1: estimateSchema,
  classes: z.array(classQualitySchema),
  /** null when the candidate gives no probabilities. */
  calibration: calibrationSchema.nullable(),
  /** Rows: expected label; columns: predicted label, in the order of `labels`; a last column counts unusable answers. */
  confusion: z.array(z.array(z.number())),
  /** Share of answers that were no label (upstream failed or answered something else). */
  unusable: z.number(),
});
export type Quality = z.infer<typeof qualitySchema>;

/** One call at a time through the predictor that serves, in milliseconds. */
export const latencySchema = z.strictObject({
  calls: z.number().int(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  p99Ms: z.number(),
});
export type Latency = z.infer<typeof latencySchema>;

/** What the clock, the scale and the purse said; differs from run to run. */
export const measuredSchema = z.strictObject({
  latency: latencySchema.nullable(),
  /** US dollars per 1,000 calls; null when a price is unknown. */
  costPer1kUsd: z.number().nullable(),
  /** How the cost was found, or why it is unknown. */
  costBasis: z.string(),
  /** Processor time per call, milliseconds; null for upstream calls. */
  cpuMsPerCall: z.number().nullable(),
  buildSeconds: z.number(),
  buildUsd: z.number().nullable(),
  modelBytes: z.number().int(),
});
export type Measured = z.infer<typeof measuredSchema>;

export const errorSampleSchema = z.strictObject({
  input: z.string(),
  expected: z.string(),
  predicted: z.string().nullable(),
  /** Probability of the predicted label; null when unknown. */
  confidence: z.number().nullable(),
});

/** The paired difference of a candidate's loss from the best candidate's, as a share; positive is worse. */
export const comparisonSchema = z.strictObject({
  against: z.string(),
  examples: z.number().int(),
  difference: estimateSchema,
  nonInferior: z.boolean(),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const candidateReportSchema = z.strictObject({
  name: z.string(),
  rung: rungNameSchema,
  manifest: candidateManifestSchema,
  /** On validation (or by cross-validation): what the choice was made on. */
  validation: qualitySchema,
  /** On held-out: only reported. null in cross-validation, where `validation` is the out-of-fold quality. */
  heldOut: qualitySchema.nullable(),
  /** Against the best candidate on validation; null for that candidate itself. */
  comparison: comparisonSchema.nullable(),
  /** Whether it keeps to the task's limits; one sentence for each limit it breaks or cannot be shown to keep. */
  withinLimits: z.boolean(),
  limitViolations: z.array(z.string()),
  errors: z.array(errorSampleSchema),
  measured: measuredSchema,
});
export type CandidateReport = z.infer<typeof candidateReportSchema>;

export const notTriedSchema = z.strictObject({
  rung: rungNameSchema,
  reason: z.string(),
  hint: z.string().nullable(),
  /** An upstream failed: the same command tries again. */
  passing: z.boolean(),
});

/** `report.json`: all candidates of one climb side by side, the choice, and the reason for stopping. */
export const reportSchema = z.strictObject({
  format: z.literal(1),
  task: z.string(),
  run: z.string(),
  homegrown: z.string(),
  metric: z.enum(['accuracy', 'macro-f1']),
  tolerance: z.number(),
  minQuality: z.number().nullable(),
  limits: z.strictObject({ p95LatencyMs: z.number().nullable(), costPer1kUsd: z.number().nullable() }),
  budget: z.strictObject({ minutes: z.number(), usd: z.number().nullable() }),
  dataset: datasetManifestSchema,
  /** Erasures of examples of this data set since: it is no longer reproducible. */
  erased: z
    .array(z.strictObject({ at: z.string(), examples: z.number().int(), rewrittenAs: z.string().nullable() }))
    .optional(),
  /** How quality was found. */
  protocol: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('held-out') }),
    z.strictObject({
      kind: z.literal('cross-validation'),
      folds: z.number().int(),
      repeats: z.number().int(),
    }),
  ]),
  labels: z.array(z.string()),
  /** Always answering the commonest class: what any model must beat. */
  baseline: z.strictObject({
    label: z.string(),
    validation: qualitySchema,
    heldOut: qualitySchema.nullable(),
  }),
  candidates: z.array(candidateReportSchema),
  notTried: z.array(notTriedSchema),
  choice: z.strictObject({
    /** null: no candidate passed. */
    chosen: z.string().nullable(),
    best: z.string().nullable(),
    /** The chosen candidate's quality in the task's metric, free of the bias of having been chosen. */
    quality: estimateSchema.nullable(),
    /** Sentences: why this one. */
    reasons: z.array(z.string()),
    /** What would be needed when nothing passed or the evidence is thin. */
    needed: z.array(z.string()),
  }),
  /** `enough`, `budget`, `exhausted`: why the climb stopped, and the sentence that says it. */
  stopped: z.strictObject({ reason: z.enum(['enough', 'budget', 'exhausted']), message: z.string() }),
  measured: z.strictObject({
    startedAt: z.string(),
    seconds: z.number(),
    usd: z.number().nullable(),
    cpu: z.string(),
    cores: z.number().int(),
    node: z.string(),
    peakMemoryBytes: z.number().int(),
    /** Sentences about the choice that rest on measured time and money. */
    reasons: z.array(z.string()),
    /** The version registered in the project, and whether it went live. */
    registered: z.strictObject({ version: z.number().int(), live: z.boolean() }).nullable(),
  }),
});
export type Report = z.infer<typeof reportSchema>;
