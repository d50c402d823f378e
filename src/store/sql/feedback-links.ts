import type { FeedbackKind } from '../../schema/feedback.ts';
import { rowOf, rowsOf, type Work } from './database.ts';
import { indexedText } from './indexed-text.ts';
import { feedbackMask, lastVerdict } from './feedback-kinds.ts';

/** The `seq` of the inference with this id or, if there is none, of the newest one with this id in its answer; null: not stored. */
export function* findSeq(idAsTold: string): Work<number | null> {
  const id = indexedText(idAsTold);
  const row =
    (yield* rowOf('SELECT seq FROM inferences WHERE id = ?', id)) ??
    (yield* rowOf('SELECT seq FROM inferences WHERE response_id = ? ORDER BY seq DESC LIMIT 1', id));
  return row === null ? null : Number(row['seq']);
}

/** Whether there is feedback whose inference has not been stored. */
export function* someFeedbackWaits(): Work<boolean> {
  return (yield* rowOf('SELECT 1 AS one FROM feedback WHERE inference_seq IS NULL LIMIT 1')) !== null;
}

/** Gives feedback that came early to the inference it is about. */
export function* adoptFeedback(inference: {
  seq: number;
  id: string;
  responseId: string | null;
}): Work<void> {
  const { seq, id, responseId } = inference;
  const adopted = yield* rowsOf(
    'UPDATE feedback SET inference_seq = ? WHERE inference_seq IS NULL AND inference IN (?, ?) RETURNING seq',
    seq,
    indexedText(id),
    indexedText(responseId ?? id),
  );
  if (adopted.length > 0) yield* noteFeedback(seq);
}

/** Writes into the inference what its feedback is now, for filters and tallies. */
export function* noteFeedback(seq: number): Work<void> {
  const rows = yield* rowsOf('SELECT kind FROM feedback WHERE inference_seq = ? ORDER BY at_ms, seq', seq);
  const kinds = rows.map((row) => row['kind'] as FeedbackKind);
  yield* rowsOf(
    'UPDATE inferences SET feedback_mask = ?, last_verdict = ? WHERE seq = ?',
    feedbackMask(kinds),
    lastVerdict(kinds),
    seq,
  );
}
