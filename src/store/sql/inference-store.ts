import type { Inference, InferenceSummary } from '../../schema/inference.ts';
import type {
  InferenceFilter,
  InferencePage,
  InferenceStore,
  InferenceWithFeedback,
  PageOptions,
} from '../store.ts';
import { type Database, type Dialect, type Row, rowOf, rowsOf, type Work } from './database.ts';
import { deleteInferences } from './delete-inferences.ts';
import { refusingBadRecords } from './bad-record.ts';
import { findSeq } from './feedback-links.ts';
import { feedbackOf } from './feedback-rows.ts';
import { inferenceOf, summaryOf } from './inference-rows.ts';
import { selectInferences } from './inference-selection.ts';
import { readLimit, readPosition, writePosition } from './page-position.ts';
import { passedOn, tally } from './tally.ts';

/** A page with contents ends early once they are this long, so that a page of images does not fill the memory. */
const MOST_CONTENT_PER_PAGE = 32 * 1024 ** 2;

/** Captured calls in a database; how a batch is written is each database's own. */
export function inferenceStoreOver(
  database: Database,
  append: (batch: readonly Inference[]) => Promise<number>,
): InferenceStore {
  const { dialect, place } = database;
  const read = <T>(work: () => Work<T>): Promise<T> => database.run(work, { repeatable: true });
  return {
    append: (batch) => refusingBadRecords(place, () => append(batch)),
    find: (id) => read(() => find(database, id)),
    tasksOf: (ids) => read(() => tasksOf(ids)),
    page: (filter, options = {}) => read(() => pageOfSummaries(database, filter, options)),
    pageWithFeedback: (filter, options = {}) => read(() => pageWithFeedback(database, filter, options)),
    count: (filter) => read(() => count(dialect, filter)),
    tally: (options) => read(() => tally(options)),
    passedOn: (options) => read(() => passedOn(options)),
    deleteSome: (filter, limit) =>
      database.transaction(() => deleteSome(dialect, filter, limit), { turn: 'feedback' }),
  };
}

function* find(database: Database, id: string): Work<InferenceWithFeedback | null> {
  const seq = yield* findSeq(id);
  if (seq === null) return null;
  return (yield* withFeedback(database, [seq]))[0] ?? null;
}

function* tasksOf(ids: readonly string[]): Work<ReadonlyMap<string, string | null>> {
  const tasks = new Map<string, string | null>();
  for (const id of new Set(ids)) {
    const seq = yield* findSeq(id);
    const row = seq === null ? null : yield* rowOf('SELECT task FROM inferences WHERE seq = ?', seq);
    if (row !== null) tasks.set(id, row['task'] as string | null);
  }
  return tasks;
}

function* pageOfSummaries(
  { place, dialect }: Database,
  filter: InferenceFilter,
  options: PageOptions,
): Work<InferencePage<InferenceSummary>> {
  const { rows, next } = yield* pageOfRows(dialect, filter, options, 'inferences.*');
  return { rows: rows.map((row) => summaryOf(place, row)), next };
}

function* pageWithFeedback(
  database: Database,
  filter: InferenceFilter,
  options: PageOptions,
): Work<InferencePage<InferenceWithFeedback>> {
  const columns = 'inferences.seq, inferences.at, inferences.bytes';
  const page = yield* pageOfRows(database.dialect, filter, options, columns);
  const shown = page.rows.slice(0, rowsThatFit(page.rows));
  const rows = yield* withFeedback(
    database,
    shown.map((row) => Number(row['seq'])),
  );
  const next = shown.length < page.rows.length ? positionAfter(shown) : page.next;
  return { rows, next };
}

/** At least one. */
function rowsThatFit(rows: readonly Row[]): number {
  let bytes = 0;
  const over = rows.findIndex((row) => (bytes += Number(row['bytes'])) > MOST_CONTENT_PER_PAGE);
  return over === -1 ? rows.length : Math.max(1, over);
}

interface RowPage {
  readonly rows: readonly Row[];
  readonly next: string | null;
}

function* pageOfRows(
  dialect: Dialect,
  filter: InferenceFilter,
  { after, limit = 100, order = 'newest' }: PageOptions,
  columns: string,
): Work<RowPage> {
  const most = readLimit(limit);
  const [comparison, direction] = order === 'newest' ? (['<', 'DESC'] as const) : (['>', 'ASC'] as const);
  const { sql, parameters, at, seq } = yield* selectInferences(filter, dialect, {
    columns: true,
    ...(after === undefined
      ? {}
      : {
          beyond: ({ at, seq }) => ({
            sql: `(${at}, ${seq}) ${comparison} (?, ?)`,
            parameters: pairOf(after),
          }),
        }),
  });
  const rows = yield* rowsOf(
    `SELECT ${columns} ${sql} ORDER BY ${at} ${direction}, ${seq} ${direction} LIMIT ?`,
    ...parameters,
    most + 1,
  );
  const shown = rows.slice(0, most);
  return { rows: shown, next: rows.length > most ? positionAfter(shown) : null };
}

function pairOf(cursor: string): [number, number] {
  const { at, seq } = readPosition(cursor);
  return [at, seq];
}

function positionAfter(rows: readonly Row[]): string | null {
  const last = rows.at(-1);
  return last === undefined ? null : writePosition({ at: Number(last['at']), seq: Number(last['seq']) });
}

/** In the order of `seqs`, without those that were deleted meanwhile. */
function* withFeedback({ place, dialect }: Database, seqs: readonly number[]): Work<InferenceWithFeedback[]> {
  if (seqs.length === 0) return [];
  const wanted = dialect.oneOf('inferences.seq', seqs);
  const found = yield* rowsOf(
    `SELECT inferences.*, inference_bodies.request, inference_bodies.response
     FROM inferences JOIN inference_bodies ON inference_bodies.seq = inferences.seq WHERE ${wanted.sql}`,
    ...wanted.parameters,
  );
  const about = dialect.oneOf('inference_seq', seqs);
  const said = yield* rowsOf(
    `SELECT * FROM feedback WHERE ${about.sql} ORDER BY at_ms, seq`,
    ...about.parameters,
  );
  const feedback = Map.groupBy(said, (row) => Number(row['inference_seq']));
  const inferences = new Map(found.map((row) => [Number(row['seq']), row]));
  return seqs.flatMap((seq) => {
    const row = inferences.get(seq);
    if (row === undefined) return [];
    const rows = feedback.get(seq) ?? [];
    return [{ inference: inferenceOf(place, row), feedback: rows.map((one) => feedbackOf(place, one)) }];
  });
}

function* count(dialect: Dialect, filter: InferenceFilter): Work<number> {
  const { sql, parameters } = yield* selectInferences(filter, dialect, { columns: false });
  const row = yield* rowOf(`SELECT count(*) AS count ${sql}`, ...parameters);
  return Number(row!['count']);
}

function* deleteSome(dialect: Dialect, filter: InferenceFilter, limit: number): Work<number> {
  const options = { limit, order: 'oldest' } as const;
  const { rows } = yield* pageOfRows(
    dialect,
    filter,
    options,
    'inferences.seq, inferences.at, inferences.tags',
  );
  yield* deleteInferences(dialect, rows);
  return rows.length;
}
