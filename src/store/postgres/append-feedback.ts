import type pg from 'pg';
import type { Feedback } from '../../schema/feedback.ts';
import { noteFeedback } from '../sql/feedback-links.ts';
import { FEEDBACK_COLUMNS, feedbackValues } from '../sql/feedback-rows.ts';
import { arrayOf } from './array-of.ts';
import { drive, POSTGRES, type PostgresDatabase, takeTurn } from './postgres-database.ts';

const TYPES: Partial<Record<(typeof FEEDBACK_COLUMNS)[number], string>> = {
  at_ms: 'bigint',
  output: 'json',
  score: 'double precision',
};

const INSERT = `
  INSERT INTO feedback (${FEEDBACK_COLUMNS.join(', ')}, inference_seq)
  SELECT given.*, coalesce(
    (SELECT seq FROM inferences WHERE id = given.inference),
    (SELECT seq FROM inferences WHERE response_id = given.inference ORDER BY seq DESC LIMIT 1)
  )
  FROM unnest(${FEEDBACK_COLUMNS.map((column, index) => `$${index + 1}::${TYPES[column] ?? 'text'}[]`).join(', ')})
    AS given (${FEEDBACK_COLUMNS.join(', ')})
  ON CONFLICT (id) DO NOTHING RETURNING inference_seq`;

/** Adds those of a batch that are not there yet, in one transaction, and returns how many that were. */
export async function appendFeedback(
  database: PostgresDatabase,
  batch: readonly Feedback[],
): Promise<number> {
  if (batch.length === 0) return 0;
  const rows = batch.map(feedbackValues);
  const columns = FEEDBACK_COLUMNS.map((name, column) =>
    arrayOf(
      TYPES[name] ?? 'text',
      rows.map((row) => row[column]!),
    ),
  );
  return database.transactionWith(
    async (client) => {
      await takeTurn(client, 'feedback');
      const added = await client.query<{ inference_seq: number | null }>(INSERT, columns);
      await note(
        client,
        added.rows.map(({ inference_seq: seq }) => seq),
      );
      return added.rows.length;
    },
    { repeatable: true },
  );
}

const ADOPT = `
  UPDATE feedback SET inference_seq = added.seq
  FROM unnest($1::bigint[], $2::text[], $3::text[]) AS added (seq, id, response_id)
  WHERE feedback.inference_seq IS NULL AND feedback.inference IN (added.id, added.response_id)
  RETURNING feedback.inference_seq`;

/** An inference that was just stored. */
export interface Added {
  readonly seq: number;
  readonly id: string;
  readonly response_id: string | null;
}

/** Gives feedback that came early to the inferences it is about. */
export async function adoptFeedback(client: pg.ClientBase, added: readonly Added[]): Promise<void> {
  const columns = [
    added.map(({ seq }) => seq),
    arrayOf(
      'text',
      added.map(({ id }) => id),
    ),
    arrayOf(
      'text',
      added.map(({ response_id: responseId }) => responseId),
    ),
  ];
  const { rows } = await client.query<{ inference_seq: number }>(ADOPT, columns);
  await note(
    client,
    rows.map(({ inference_seq: seq }) => seq),
  );
}

async function note(client: pg.ClientBase, seqs: readonly (number | null)[]): Promise<void> {
  const known = new Set(seqs.filter((seq): seq is number => seq !== null));
  await drive(client, noteFeedback(POSTGRES, [...known]));
}
