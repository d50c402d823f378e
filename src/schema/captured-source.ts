import { z } from 'zod';

const text = z.string().min(1);

/** One value, or several of which any will do. */
const someOf = z
  .union([text, z.array(text).min(1)])
  .transform((value) => [...new Set(typeof value === 'string' ? [value] : value)].toSorted())
  .optional();

const moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], {
    error: 'expected a time such as 2026-03-31T08:30:00Z or 2026-03-31',
  })
  .transform((value) => new Date(value).toISOString())
  .optional();

/** Captured calls as a source of examples: which of them, and what counts as a label. All conditions hold together. */
export const capturedSourceSchema = z.strictObject({
  /** Written by `captured()`. */
  source: z.literal('captured'),
  /** Calls of this task; left out: of the task whose `data` this is. */
  task: text.optional(),
  /** Calls at or after this time, ISO 8601 (UTC unless it names an offset). */
  since: moment,
  /** Calls before this time. With it a data set stays the same while new calls arrive. */
  until: moment,
  /** Calls with all of these tags. */
  tags: z.record(text, z.string()).optional(),
  /** Calls of these users. */
  user: someOf,
  /** Calls of these groups. */
  group: someOf,
  /** Calls that these answered: `<upstream>/<its model>` or `<model>@<version>`. */
  target: someOf,
  /** Calls whose client asked for these models, as it named them. */
  model: someOf,
  /** A score at least this high counts as acceptance, a lower one as rejection; left out: scores say nothing about labels. */
  minScore: z.number().optional(),
  /**
   * Take answers of upstreams as labels that no human has looked at. A model made so can hardly be better than
   * who answered; data sets, reports and models made so say it.
   */
  unreviewed: z.boolean().default(false),
});
export type CapturedSource = z.infer<typeof capturedSourceSchema>;
/** What `captured()` takes. */
export type CapturedOptions = Omit<z.input<typeof capturedSourceSchema>, 'source'>;

/**
 * Captured calls as data of a task. Only answers that a human accepted are labels, and what a human edited or corrected them
 * into; the last feedback counts.
 */
export function captured(options: CapturedOptions = {}): z.input<typeof capturedSourceSchema> {
  return { source: 'captured', ...options };
}

/** What made an output a label. */
export const labelledBySchema = z.enum(['accepted', 'edited', 'corrected', 'scored', 'unreviewed']);
export type LabelledBy = z.infer<typeof labelledBySchema>;

/** Why a call gave no example. */
export const unmappedReasonSchema = z.enum([
  /** Feedback threw the answer away. */
  'rejected',
  /** Its score is below `minScore`. */
  'low-score',
  /** No human has looked at it. */
  'unreviewed',
  /** Nobody has looked at it, and an own model answered: its answers are no labels for its successors. */
  'own-answer',
  /** There was no whole answer. */
  'failed',
  /** The answer ended before it was complete. */
  'cut-off',
  /** The request has no input for this task. */
  'no-input',
  /** The answer (or what it was edited into) has no label for this task. */
  'no-label',
  /** A mapping function of the config threw or gave something that is no text. */
  'mapping-failed',
]);
export type UnmappedReason = z.infer<typeof unmappedReasonSchema>;
