import { json } from './column-values.ts';
import { indexedText } from './indexed-text.ts';
import { type Dialect, type Row, rowsOf, type SqlValue, type Work } from './database.ts';

const TAGS_AT_ONCE = 100;
const FOUR = '(CAST(? AS text), CAST(? AS text), CAST(? AS bigint), CAST(? AS bigint))';

/** Deletes inferences with all that hangs on them; each row has `seq`, `at` and `tags`. */
export function* deleteInferences(dialect: Dialect, rows: readonly Row[]): Work<void> {
  if (rows.length === 0) return;
  yield* deleteTags(rows.flatMap(tagKeys));
  const seqs = rows.map((row) => Number(row['seq']));
  for (const [table, column] of [
    ['feedback', 'inference_seq'],
    ['inference_bodies', 'seq'],
    ['inferences', 'seq'],
  ] as const) {
    const gone = dialect.oneOf(column, seqs);
    yield* rowsOf(`DELETE FROM ${table} WHERE ${gone.sql}`, ...gone.parameters);
  }
}

function tagKeys(row: Row): SqlValue[][] {
  const tags = Object.entries(json(row, 'tags') as Record<string, string>);
  return tags.map(([name, value]) => [indexedText(name), indexedText(value), row['at']!, row['seq']!]);
}

function* deleteTags(keys: readonly SqlValue[][]): Work<void> {
  for (let start = 0; start < keys.length; start += TAGS_AT_ONCE) {
    const some = keys.slice(start, start + TAGS_AT_ONCE);
    yield* rowsOf(
      `DELETE FROM inference_tags WHERE (name, value, at, seq) IN (VALUES ${some.map(() => FOUR).join(', ')})`,
      ...some.flat(),
    );
  }
}
