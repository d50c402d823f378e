import type { Feedback } from '../../schema/feedback.ts';

/** What humans finally said of an answer. */
export type Verdict =
  | { readonly says: 'accepted' | 'scored' | 'rejected' | 'low-score' }
  | { readonly says: 'edited' | 'corrected'; readonly output: unknown };

/**
 * The last feedback counts (they come oldest first). A score counts only where `minScore` says what it means: acceptance at or
 * above, rejection below. null: nobody said anything that counts.
 */
export function verdictOf(feedback: readonly Feedback[], minScore: number | undefined): Verdict | null {
  const last = feedback.findLast(({ kind }) => kind !== 'score' || minScore !== undefined);
  if (last === undefined) return null;
  switch (last.kind) {
    case 'edited':
    case 'corrected':
      return { says: last.kind, output: last.output };
    case 'score':
      return { says: last.score >= minScore! ? 'scored' : 'low-score' };
    case 'accepted':
    case 'rejected':
      return { says: last.kind };
  }
}
