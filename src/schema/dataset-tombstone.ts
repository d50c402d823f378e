import { z } from 'zod';

/** `erased.json`, all that is left in the directory of a data-set version from which examples were erased on request. */
export const datasetTombstoneSchema = z.strictObject({
  format: z.literal(1),
  hash: z.string(),
  task: z.string(),
  /** When, ISO 8601. */
  at: z.string(),
  /** How many examples were erased. */
  examples: z.number().int().positive(),
  /** The version that holds the rest; null when nothing was left. */
  rewrittenAs: z.string().nullable(),
});
export type DatasetTombstone = z.infer<typeof datasetTombstoneSchema>;
