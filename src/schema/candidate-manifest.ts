import { z } from 'zod';
import { redactionRecordSchema } from './redaction-record.ts';
import { rungNameSchema } from './rung-name.ts';

/** How a candidate is loaded; one predictor folder each. */
export const predictorKindSchema = z.enum(['bag', 'encoder', 'prompt', 'few-shot', 'blend']);
export type PredictorKind = z.infer<typeof predictorKindSchema>;

const fileEntrySchema = z.strictObject({ sha256: z.string(), bytes: z.number().int().nonnegative() });

const capturedLineageSchema = z.strictObject({
  /** Labels of the data set's sources that are answers of upstreams which no human has looked at. */
  unreviewedLabels: z.number().int().nonnegative(),
  /** What was replaced in the calls; the same is replaced in every input before this model sees it. */
  redaction: redactionRecordSchema.nullable(),
});

/**
 * `homegrown.json` of a candidate or model folder. It lists every other file with its hash, so that a flipped byte, a
 * missing or a foreign file is noticed before anything is loaded. Nothing in it depends on when or how fast it was made.
 */
export const candidateManifestSchema = z.strictObject({
  format: z.literal(1),
  kind: predictorKindSchema,
  /** Unique within a climb: `bag`, `bag/words`, `blend`. */
  name: z.string(),
  rung: rungNameSchema,
  task: z.string(),
  /** In the order of the predictor's probabilities. */
  labels: z.array(z.string()).min(2),
  /** Relative path (with `/`) of every file but this one. */
  files: z.record(z.string(), fileEntrySchema),
  /** What the predictor of this kind needs to know; checked again by that predictor. */
  settings: z.record(z.string(), z.unknown()),
  /** Upstreams (names in the config) it calls when it answers. */
  upstreams: z.array(z.string()),
  lineage: z.strictObject({
    /** Data-set version. */
    dataset: z.string(),
    run: z.string(),
    seed: z.number(),
    homegrown: z.string(),
    trainedOn: z.number().int().nonnegative(),
    /** What it learned of captured calls; left out: its data set has none. */
    captured: capturedLineageSchema.optional(),
  }),
  /** Sentences for the report: what tuning found, what was left out and why. */
  notes: z.array(z.string()),
});
export type CandidateManifest = z.infer<typeof candidateManifestSchema>;
