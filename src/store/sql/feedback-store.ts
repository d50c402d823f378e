import type { Feedback } from '../../schema/feedback.ts';
import type { FeedbackStore, InferencePage } from '../store.ts';
import { refusingBadRecords } from './bad-record.ts';
import { type Database, type Dialect, rowsOf, type Work } from './database.ts';
import { findSeq, noteFeedback } from './feedback-links.ts';
import { feedbackOf } from './feedback-rows.ts';
import { indexedText } from './indexed-text.ts';
import { readLimit, readPosition, writePosition } from './page-position.ts';

type PageOptions = NonNullable<Parameters<FeedbackStore['page']>[0]>;

/** Feedback in a database; how a batch is written is each database's own. */
export function feedbackStoreOver(
  database: Database,
  append: (batch: readonly Feedback[]) => Promise<number>,
): FeedbackStore {
  const { place, dialect } = database;
  return {
    append: (batch) => refusingBadRecords(place, () => append(batch)),
    of: (inference) => database.run(() => feedbackAbout(place, inference), { repeatable: true }),
    page: (options = {}) => database.run(() => pageOfFeedback(place, options), { repeatable: true }),
    deleteBy: (by) => database.transaction(() => deleteBy(dialect, by), { turn: 'feedback' }),
  };
}

function* feedbackAbout(place: string, inference: string): Work<Feedback[]> {
  // In this order nothing is missed when the inference is stored between the questions.
  const waiting = yield* rowsOf(
    'SELECT * FROM feedback WHERE inference_seq IS NULL AND inference = ? ORDER BY at_ms, seq',
    indexedText(inference),
  );
  const seq = yield* findSeq(inference);
  const rows =
    seq === null
      ? waiting
      : yield* rowsOf('SELECT * FROM feedback WHERE inference_seq = ? ORDER BY at_ms, seq', seq);
  return rows.map((row) => feedbackOf(place, row));
}

function* pageOfFeedback(place: string, { after, limit = 100 }: PageOptions): Work<InferencePage<Feedback>> {
  const count = readLimit(limit);
  const from = after === undefined ? 0 : readPosition(after).seq;
  const rows = yield* rowsOf('SELECT * FROM feedback WHERE seq > ? ORDER BY seq LIMIT ?', from, count + 1);
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  const next =
    rows.length > count && last !== undefined ? writePosition({ at: 0, seq: Number(last['seq']) }) : null;
  return { rows: shown.map((row) => feedbackOf(place, row)), next };
}

function* deleteBy(dialect: Dialect, by: string): Work<number> {
  const rows = yield* rowsOf('DELETE FROM feedback WHERE by = ? RETURNING inference_seq', indexedText(by));
  const touched = new Set(rows.flatMap(({ inference_seq: seq }) => (seq === null ? [] : [Number(seq)])));
  yield* noteFeedback(dialect, [...touched]);
  return rows.length;
}
