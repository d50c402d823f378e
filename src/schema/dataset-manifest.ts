import { z } from 'zod';

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

/** `dataset.json` of a data-set version: what is in `examples.jsonl` and how it came to be. */
export const datasetManifestSchema = z.strictObject({
  format: z.literal(1),
  /** SHA-256 of `examples.jsonl`; the name of the version's directory. */
  hash: z.string(),
  task: z.string(),
  sources: z.array(
    z.strictObject({
      file: z.string(),
      format: z.enum(['jsonl', 'csv', 'parquet']),
      bytes: count,
      sha256: z.string(),
      rows: count,
    }),
  ),
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
});
export type DatasetManifest = z.infer<typeof datasetManifestSchema>;
