import { z } from 'zod';

const count = z.number().int().nonnegative();

/** Whose traces are to go: everything a user's or a group's calls left. */
export const erasureSubjectSchema = z.strictObject({
  kind: z.enum(['user', 'group']),
  /** As calls name it (`x-homegrown-user`, `x-homegrown-group`). */
  id: z.string().min(1).max(1_000),
});
export type ErasureSubject = z.infer<typeof erasureSubjectSchema>;

const modelSchema = z.strictObject({ task: z.string(), version: z.number().int().positive() });

/** What an erasure did, or in a dry run would do. Names nobody: the subject is there as a keyed hash alone. */
export const erasureRecordSchema = z.strictObject({
  format: z.literal(1),
  id: z.string(),
  dryRun: z.boolean(),
  startedAt: z.string(),
  finishedAt: z.string(),
  /** Who asked for it. */
  by: z.string(),
  subject: z.strictObject({
    kind: erasureSubjectSchema.shape.kind,
    /** HMAC-SHA-256 of kind and id under the project's own key (`.homegrown/erasures/key`). */
    hash: z.string(),
    /** The beginning of that key's SHA-256: which key it was. */
    key: z.string(),
  }),
  /** Deleted from the store. */
  captures: count,
  feedback: count,
  /** Data-set versions that held examples: how many went, and the version that holds the rest (null: nothing was left). */
  datasets: z.array(
    z.strictObject({ hash: z.string(), examples: count, rewrittenAs: z.string().nullable() }),
  ),
  /** Remembered upstream calls that had been sent their texts. */
  cachedCalls: count,
  /** Reports that showed their texts or describe a data set that held them. */
  reports: z.array(z.strictObject({ task: z.string(), run: z.string(), samples: count })),
  /** Models with examples of theirs inside: how many went, and the version without them. */
  models: z.array(
    modelSchema.extend({ examples: count, replacedBy: z.number().int().positive().nullable() }),
  ),
  /** Models whose training saw their examples. They are as they were: only training anew would change that. */
  trainedOn: z.array(modelSchema.extend({ dataset: z.string() })),
  /** Files of climbs and trainings that were removed. */
  runFiles: count,
  /** What interrupted work had left behind. */
  temporaryFiles: count,
  /** Files that still hold traces and are not Homegrown's to change, relative to the project. */
  yours: z.array(z.string()),
});
export type ErasureRecord = z.infer<typeof erasureRecordSchema>;
