import type pg from 'pg';
import type { Inference } from '../../schema/inference.ts';
import { someFeedbackWaits } from '../sql/feedback-links.ts';
import { indexedText } from '../sql/indexed-text.ts';
import { INFERENCE_COLUMNS, inferenceValues } from '../sql/inference-rows.ts';
import { type Added, adoptFeedback } from './append-feedback.ts';
import { arrayOf } from './array-of.ts';
import { drive, type PostgresDatabase, takeTurn } from './postgres-database.ts';
import { storableJson } from './storable-text.ts';

type Column = (typeof INFERENCE_COLUMNS)[number] | 'request' | 'response' | 'indexed_tags';

const COLUMNS: readonly Column[] = [...INFERENCE_COLUMNS, 'request', 'response', 'indexed_tags'];
const TYPES: Partial<Record<Column, string>> = {
  at: 'bigint',
  status: 'integer',
  duration_ms: 'double precision',
  cost_usd: 'double precision',
  bytes: 'bigint',
  stream: 'smallint',
  first_content_ms: 'double precision',
  tokens_input: 'bigint',
  tokens_cached_input: 'bigint',
  tokens_audio_input: 'bigint',
  tokens_output: 'bigint',
  tokens_reasoning: 'bigint',
  tokens_audio_output: 'bigint',
  tags: 'json',
  attempts: 'json',
  indexed_tags: 'json',
};
/** So that a batch of images does not become one message of gigabytes. */
const MOST_CONTENT_AT_ONCE = 16 * 1024 ** 2;
const MOST_ROWS_AT_ONCE = 1000;

/** One array for each column: the number of parameters does not grow with the batch. */
const INSERT = `
  WITH given AS (
    SELECT * FROM unnest(${COLUMNS.map((column, index) => `$${index + 1}::${TYPES[column] ?? 'text'}[]`).join(', ')})
      AS given (${COLUMNS.join(', ')})
  ), added AS (
    INSERT INTO inferences (${INFERENCE_COLUMNS.join(', ')})
    SELECT ${INFERENCE_COLUMNS.join(', ')} FROM given ON CONFLICT (id) DO NOTHING RETURNING seq, id, response_id, at
  ), bodies AS (
    INSERT INTO inference_bodies (seq, request, response)
    SELECT added.seq, given.request, given.response FROM added JOIN given USING (id)
  ), tags AS (
    INSERT INTO inference_tags (name, value, at, seq)
    SELECT tag.key, tag.value, added.at, added.seq
    FROM added JOIN given USING (id) CROSS JOIN LATERAL json_each_text(given.indexed_tags) AS tag ON CONFLICT DO NOTHING
  )
  SELECT seq, id, response_id FROM added`;

/** Adds those of a batch that are not there yet, in one transaction, and returns how many that were. */
export async function appendInferences(
  database: PostgresDatabase,
  batch: readonly Inference[],
): Promise<number> {
  const columns = inPortions(batch).map(columnsOf);
  if (columns.length === 0) return 0;
  return database.transactionWith(
    async (client) => {
      // Feedback waits for whole batches, so that none is written between the look for it and the end of this transaction.
      await takeTurn(client, 'feedback', true);
      const feedbackWaits = await drive(client, someFeedbackWaits());
      let added = 0;
      for (const values of columns) added += await appendPortion(client, values, feedbackWaits);
      return added;
    },
    { repeatable: true },
  );
}

async function appendPortion(
  client: pg.ClientBase,
  values: unknown[],
  feedbackWaits: boolean,
): Promise<number> {
  const { rows } = await client.query<Added>(INSERT, values);
  if (feedbackWaits) await adoptFeedback(client, rows);
  return rows.length;
}

/** Each id once, in the order of ids, so that two processes with the same calls do not lock each other out. */
function inPortions(batch: readonly Inference[]): Inference[][] {
  const unique = new Map<string, Inference>();
  for (const one of batch) if (!unique.has(one.id)) unique.set(one.id, one);
  const portions: Inference[][] = [];
  let room = 0;
  for (const one of [...unique.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
    const size = one.request.length + (one.response?.length ?? 0);
    const last = portions.at(-1);
    if (last === undefined || size > room || last.length >= MOST_ROWS_AT_ONCE) {
      portions.push([one]);
      room = MOST_CONTENT_AT_ONCE - size;
    } else {
      last.push(one);
      room -= size;
    }
  }
  return portions;
}

const TAGS = INFERENCE_COLUMNS.indexOf('tags');
const ATTEMPTS = INFERENCE_COLUMNS.indexOf('attempts');

function columnsOf(portion: readonly Inference[]): unknown[] {
  const rows = portion.map((inference) => {
    const values = inferenceValues(inference);
    values[TAGS] = storableJson(inference.tags);
    values[ATTEMPTS] = storableJson(inference.attempts);
    const indexed = Object.entries(inference.tags).map(([name, value]) => [
      indexedText(name),
      indexedText(value),
    ]);
    return [
      ...values,
      inference.request,
      inference.response,
      storableJson(Object.fromEntries(indexed) as Record<string, string>),
    ];
  });
  return COLUMNS.map((name, column) =>
    arrayOf(
      TYPES[name] ?? 'text',
      rows.map((row) => row[column]!),
    ),
  );
}
