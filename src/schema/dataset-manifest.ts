import { z } from 'zod';
import { capturedSourceSchema, labelledBySchema, unmappedReasonSchema } from './captured-source.ts';
import { redactionRecordSchema } from './redaction-record.ts';

const count = z.number().int().nonnegative();

/** One thing curation looked for: how often it was found, what was done, and some of it to read. */
export const curationFindingSchema = z.strictObject({
  /**
   * Always: `bad-lines`, `empty-inputs`, `over-long-inputs`, `exact-duplicates`, `conflicting-outputs`,
   * `group-across-splits`, `near-duplicates`, `near-duplicates-across-splits`, `class-balance`, `thin-classes`,
   * `similar-outputs`. When found: `empty-files`, `broken-characters`, `missing-groups`.
   */
  check: z.string(),
  /** Examples concerned. */
  count,
  /** Examples removed from the data set because of it. */
  removed: count,
  severity: z.enum(['ok', 'note', 'warning']),
  /** One sentence for the user: what was found and what was done. */
  message: z.string(),
  samples: z.array(z.string()).max(10),
});
export type CurationFinding = z.infer<typeof curationFindingSchema>;

export const classCountSchema = z.strictObject({
  label: z.string(),
  train: count,
  validation: count,
  heldOut: count,
});

const fileSourceSchema = z.strictObject({
  file: z.string(),
  format: z.enum(['jsonl', 'csv', 'parquet']),
  bytes: count,
  sha256: z.string(),
  rows: count,
});

/** Captured calls as they were when they were read. */
const capturedRecordSchema = z.strictObject({
  /** `captured(<task>)`: how origins and messages name it. */
  file: z.string(),
  format: z.literal('captured'),
  /** Of the requests and answers that were read. */
  bytes: count,
  /** Over the ids of the calls that were read and what became of each. */
  sha256: z.string(),
  /** Calls that gave a labelled input. */
  rows: count,
  filter: capturedSourceSchema,
  /** Calls that the filter lets through, whether they were read or not; null when that was not counted. */
  calls: count.nullable(),
  /** Id of the last of those that were read; null without any. */
  last: z.string().nullable(),
  /** Rows by what made their output a label. */
  labels: z.partialRecord(labelledBySchema, count),
  /** Calls that gave none, by reason, the commonest first. */
  unmapped: z.array(
    z.strictObject({ reason: unmappedReasonSchema, count, samples: z.array(z.string()).max(5) }),
  ),
  /** What was replaced in these calls before they were kept. */
  redaction: redactionRecordSchema.nullable(),
});

/** Where the rows of a version came from. */
export const datasetSourceSchema = z.discriminatedUnion('format', [fileSourceSchema, capturedRecordSchema]);
export type DatasetSource = z.infer<typeof datasetSourceSchema>;

/** `dataset.json` of a data-set version: what is in `examples.jsonl` and how it came to be. */
export const datasetManifestSchema = z.strictObject({
  format: z.literal(1),
  /** SHA-256 of `examples.jsonl`; the name of the version's directory. */
  hash: z.string(),
  task: z.string(),
  sources: z.array(datasetSourceSchema),
  columns: z.strictObject({
    input: z.string(),
    output: z.string(),
    group: z.string().nullable(),
    time: z.string().nullable(),
    weight: z.string().nullable(),
    split: z.string().nullable(),
  }),
  rowsRead: count,
  examples: count,
  groups: count,
  splits: z.strictObject({ train: count, validation: count, heldOut: count }),
  /** Sorted by label. */
  classes: z.array(classCountSchema),
  /** Input length in UTF-16 code units. */
  inputLength: z.strictObject({ median: z.number(), p95: z.number(), max: z.number() }),
  curation: z.array(curationFindingSchema),
  /** This version is what an erasure left of another. */
  erasure: z.strictObject({ from: z.string(), at: z.string(), examples: count }).optional(),
});
export type DatasetManifest = z.infer<typeof datasetManifestSchema>;
