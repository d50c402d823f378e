import type { Inference } from '../../schema/inference.ts';
import { adoptFeedback, someFeedbackWaits } from '../sql/feedback-links.ts';
import { indexedText } from '../sql/indexed-text.ts';
import { INFERENCE_COLUMNS, inferenceValues } from '../sql/inference-rows.ts';
import { readTime } from '../sql/page-position.ts';
import type { Connection } from './connection.ts';

const INSERT = `
  INSERT INTO inferences (${INFERENCE_COLUMNS.join(', ')})
  VALUES (${INFERENCE_COLUMNS.map(() => '?').join(', ')}) ON CONFLICT (id) DO NOTHING`;

/** Adds those of a batch that are not there yet, in one transaction, and returns how many that were. */
export function appendInferences(connection: Connection, batch: readonly Inference[]): number {
  return connection.transactionSync(() => {
    const insert = connection.prepare(INSERT);
    const insertBody = connection.prepare(
      'INSERT INTO inference_bodies (seq, request, response) VALUES (?, ?, ?)',
    );
    const insertTag = connection.prepare(
      'INSERT INTO inference_tags (name, value, at, seq) VALUES (?, ?, ?, ?)',
    );
    const feedbackWaits = connection.drive(someFeedbackWaits());
    let added = 0;
    for (const inference of batch) {
      const { changes, lastInsertRowid } = insert.run(...inferenceValues(inference));
      if (changes === 0) continue;
      added++;
      const { id, responseId, tags } = inference;
      insertBody.run(lastInsertRowid, inference.request, inference.response);
      for (const name in tags) {
        insertTag.run(indexedText(name), indexedText(tags[name]!), readTime(inference.at), lastInsertRowid);
      }
      if (feedbackWaits)
        connection.drive(adoptFeedback(connection.dialect, { seq: Number(lastInsertRowid), id, responseId }));
    }
    return added;
  });
}
