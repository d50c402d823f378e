import { z } from 'zod';

const common = {
  /** Told twice with the same id it counts once. */
  id: z.string().min(1).max(200),
  /** The inference's id, or the id in the answer (`chatcmpl-…`). */
  inference: z.string().min(1).max(200),
  /** When it happened, ISO 8601. */
  at: z.string(),
  /** Who said so. */
  by: z.string().nullable(),
  comment: z.string().nullable(),
};

/** What happened to an inference later. */
export const feedbackSchema = z.discriminatedUnion('kind', [
  /** The answer was used as it was. */
  z.strictObject({ ...common, kind: z.literal('accepted') }),
  /** The answer was thrown away. */
  z.strictObject({ ...common, kind: z.literal('rejected') }),
  /** The user changed the answer into `output` and used that. */
  z.strictObject({ ...common, kind: z.literal('edited'), output: z.json() }),
  /** Somebody says what the answer should have been. */
  z.strictObject({ ...common, kind: z.literal('corrected'), output: z.json() }),
  /** Larger is better; what range is yours to decide. */
  z.strictObject({ ...common, kind: z.literal('score'), score: z.number() }),
]);

const told = {
  id: common.id.optional(),
  inference: common.inference,
  at: z.iso.datetime({ offset: true, error: 'expected a time as 2026-11-24T10:05:00Z' }).optional(),
  by: z.string().min(1).max(200).nullish(),
  comment: z.string().max(10_000).nullish(),
};

/** Feedback as it is told: what may be left out is filled in when it is taken. */
export const feedbackInputSchema = z.discriminatedUnion(
  'kind',
  [
    z.strictObject({ ...told, kind: z.literal('accepted') }),
    z.strictObject({ ...told, kind: z.literal('rejected') }),
    z.strictObject({ ...told, kind: z.literal('edited'), output: z.json() }),
    z.strictObject({ ...told, kind: z.literal('corrected'), output: z.json() }),
    z.strictObject({ ...told, kind: z.literal('score'), score: z.number() }),
  ],
  {
    error: ({ input }) =>
      typeof input === 'object' && input !== null
        ? 'expected accepted, edited, rejected, corrected or score'
        : 'expected an object with inference and kind',
  },
);
export type FeedbackInput = z.infer<typeof feedbackInputSchema>;

export type Feedback = z.infer<typeof feedbackSchema>;
export type FeedbackKind = Feedback['kind'];
