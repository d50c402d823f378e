import { type Dialect, rowOf, rowsOf, type Work } from './database.ts';
import { FEEDBACK_MASK } from './feedback-kinds.ts';
import { indexedText } from './indexed-text.ts';

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
export function* adoptFeedback(
  dialect: Dialect,
  { seq, id, responseId }: { seq: number; id: string; responseId: string | null },
): Work<void> {
  const adopted = yield* rowsOf(
    'UPDATE feedback SET inference_seq = ? WHERE inference_seq IS NULL AND inference IN (?, ?) RETURNING seq',
    seq,
    indexedText(id),
    indexedText(responseId ?? id),
  );
  if (adopted.length > 0) yield* noteFeedback(dialect, [seq]);
}

/** Writes into inferences what their feedback is now, for filters and tallies. */
export function* noteFeedback(dialect: Dialect, seqs: readonly number[]): Work<void> {
  if (seqs.length === 0) return;
  const changed = dialect.oneOf('seq', seqs);
  yield* rowsOf(
    `UPDATE inferences SET
       feedback_mask = (SELECT coalesce(${FEEDBACK_MASK}, 0) FROM feedback WHERE inference_seq = inferences.seq),
       last_verdict = (
         SELECT kind FROM feedback WHERE inference_seq = inferences.seq AND kind <> 'score'
         ORDER BY at_ms DESC, feedback.seq DESC LIMIT 1
       )
     WHERE ${changed.sql}`,
    ...changed.parameters,
  );
}
