import type { Feedback } from '../../schema/feedback.ts';
import { findSeq, noteFeedback } from '../sql/feedback-links.ts';
import { FEEDBACK_COLUMNS, feedbackValues } from '../sql/feedback-rows.ts';
import type { Connection } from './connection.ts';

const INSERT = `
  INSERT INTO feedback (${FEEDBACK_COLUMNS.join(', ')}, inference_seq)
  VALUES (${FEEDBACK_COLUMNS.map(() => '?').join(', ')}, ?) ON CONFLICT (id) DO NOTHING`;

/** Adds those of a batch that are not there yet, in one transaction, and returns how many that were. */
export function appendFeedback(connection: Connection, batch: readonly Feedback[]): number {
  return connection.transactionSync(() => {
    const insert = connection.prepare(INSERT);
    const touched = new Set<number>();
    let added = 0;
    for (const feedback of batch) {
      const seq = connection.drive(findSeq(feedback.inference));
      if (insert.run(...feedbackValues(feedback), seq).changes === 0) continue;
      added++;
      if (seq !== null) touched.add(seq);
    }
    connection.drive(noteFeedback(connection.dialect, [...touched]));
    return added;
  });
}
