import type { FeedbackKind } from '../../schema/feedback.ts';

/** How the kinds of feedback that an inference has are written in one number. Stored: never change a bit. */
const BITS: Record<FeedbackKind, number> = { accepted: 1, rejected: 2, edited: 4, corrected: 8, score: 16 };

/** The number for these kinds together. */
export function feedbackMask(kinds: Iterable<FeedbackKind>): number {
  let mask = 0;
  for (const kind of kinds) mask |= BITS[kind];
  return mask;
}

/** The same in SQL, over rows with a column `kind`. */
export const FEEDBACK_MASK = Object.entries(BITS)
  .map(([kind, bit]) => `max(CASE kind WHEN '${kind}' THEN ${bit} ELSE 0 END)`)
  .join(' + ');
