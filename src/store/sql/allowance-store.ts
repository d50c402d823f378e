import type { Allowance, AllowanceStore } from '../store.ts';
import { numberOrNull } from './column-values.ts';
import { type Database, rowOf, rowsOf, type Work } from './database.ts';

type Take = Parameters<AllowanceStore['take']>[0];

/** Counters in a database. */
export function allowanceStoreOver(database: Database): AllowanceStore {
  return {
    take: (wish) => database.run(() => take(wish)),
    giveBack: (back) => database.run(() => giveBack(back)),
    used: (allowance) => database.run(() => used(allowance), { repeatable: true }),
    deleteBefore: (at) => database.run(() => deleteBefore(at), { repeatable: true }),
  };
}

/** How much of `?wanted` is granted when `left` is left: all, the rest if it is enough, or nothing. */
function granted(left: string): string {
  return `CASE WHEN ${left} >= CAST(? AS double precision) THEN CAST(? AS double precision)
               WHEN ${left} > 0 AND ${left} >= CAST(? AS double precision) THEN ${left} ELSE 0 END`;
}

const LIMIT = 'CAST(? AS double precision)';

/** One statement, so that no other process can come in between: the row of the counter is locked while it is decided. */
const TAKE = `
  INSERT INTO allowances AS held (counter, time_window, used, granted)
  SELECT counter, time_window, first, first
  FROM (SELECT CAST(? AS text) AS counter, CAST(? AS text) AS time_window, ${granted(LIMIT)} AS first) AS wish WHERE true
  ON CONFLICT (counter, time_window) DO UPDATE
  SET used = held.used + ${granted(`(${LIMIT} - held.used)`)}, granted = ${granted(`(${LIMIT} - held.used)`)}
  RETURNING granted`;

function* take({ counter, window, wanted, least, limit }: Take): Work<number> {
  const decision = [limit, wanted, wanted, limit, limit, least, limit];
  const row = yield* rowOf(TAKE, counter, window, ...decision, ...decision, ...decision);
  return Number(row!['granted']);
}

function* giveBack({ counter, window, amount }: Allowance & { amount: number }): Work<void> {
  yield* rowsOf(
    `UPDATE allowances SET used = CASE WHEN used > CAST(? AS double precision) THEN used - CAST(? AS double precision) ELSE 0 END
     WHERE counter = ? AND time_window = ?`,
    amount,
    amount,
    counter,
    window,
  );
}

function* used({ counter, window }: Allowance): Work<number> {
  const row = yield* rowOf(
    'SELECT used FROM allowances WHERE counter = ? AND time_window = ?',
    counter,
    window,
  );
  return row === null ? 0 : (numberOrNull(row, 'used') ?? 0);
}

/** A window that is the beginning of `at` (its month, its day) still runs then. */
function* deleteBefore(at: string): Work<number> {
  const rows = yield* rowsOf(
    `DELETE FROM allowances WHERE time_window < ? AND substr(CAST(? AS text), 1, length(time_window)) <> time_window
     RETURNING 1 AS gone`,
    at,
    at,
  );
  return rows.length;
}
