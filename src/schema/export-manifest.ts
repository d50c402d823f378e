import { z } from 'zod';

const count = z.number().int().nonnegative();

/** Kinds of records in an export, and how many there are. */
export const exportCountsSchema = z.strictObject({
  inferences: count,
  feedback: count,
  models: count,
  deployments: count,
  transitions: count,
  keys: count,
  erasures: count,
  /** Data-set versions, those included of which only a tombstone is left. */
  datasets: count,
  /** Folders of models. */
  modelFolders: count,
  reports: count,
});
export type ExportCounts = z.infer<typeof exportCountsSchema>;

/** `export.json`: what a complete export holds. */
export const exportManifestSchema = z.strictObject({
  format: z.literal(1),
  homegrown: z.string(),
  exportedAt: z.string(),
  counts: exportCountsSchema,
  /** Every other file by its path, with `/`. */
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: count })),
});
export type ExportManifest = z.infer<typeof exportManifestSchema>;
