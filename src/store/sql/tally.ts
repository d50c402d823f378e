import type { AnsweredAs } from '../../schema/inference.ts';
import type { InferenceStore, PassedOn, TargetTally, VerdictGroups } from '../store.ts';
import { numberOrNull, text } from './column-values.ts';
import { type Row, rowOf, rowsOf, type Work } from './database.ts';
import { readTime } from './page-position.ts';

type TallyOptions = Parameters<InferenceStore['tally']>[0];

const COUNTS = `
  SELECT target, answered_as, count(*) AS calls,
    count(error_code) AS errors,
    sum(CASE last_verdict WHEN 'accepted' THEN 1 ELSE 0 END) AS accepted,
    sum(CASE last_verdict WHEN 'edited' THEN 1 ELSE 0 END) AS edited,
    sum(CASE last_verdict WHEN 'rejected' THEN 1 ELSE 0 END) AS rejected,
    sum(CASE last_verdict WHEN 'corrected' THEN 1 ELSE 0 END) AS corrected,
    sum(CASE WHEN error_code IS NULL AND duration_ms > CAST(? AS double precision) THEN 1 ELSE 0 END) AS slow,
    coalesce(sum(cost_usd), 0) AS cost_usd,
    coalesce(sum(cost_usd * cost_usd), 0) AS cost_usd_squares,
    count(cost_usd) AS priced_calls
  FROM inferences
  WHERE task = ? AND at >= ? AND target IS NOT NULL AND answered_as IS NOT NULL
  GROUP BY target, answered_as ORDER BY target, answered_as`;

/** The slowest ones alone are kept in order: less than half the work of ranking all. */
const SLOWEST = `
  SELECT duration_ms FROM inferences
  WHERE task = ? AND at >= ? AND target = ? AND answered_as = ? AND error_code IS NULL
  ORDER BY duration_ms DESC LIMIT 1 OFFSET ?`;

/** Who belongs together may be somebody known, else each call stands alone. */
const VERDICT_GROUPS = `
  SELECT target, answered_as, count(*) AS groups, sum(n * n) AS nn, sum(n * a) AS na, sum(a * a) AS aa
  FROM (
    SELECT target, answered_as, count(*) AS n,
      sum(CASE last_verdict WHEN 'accepted' THEN 1 ELSE 0 END) AS a
    FROM inferences
    WHERE task = ? AND at >= ? AND target IS NOT NULL AND answered_as IS NOT NULL AND last_verdict IS NOT NULL
    GROUP BY target, answered_as, coalesce('u' || user_id, 'g' || group_id, 'i' || CAST(seq AS text))
  ) AS who
  GROUP BY target, answered_as`;

/** What each target did for a task since a time. Calls that nobody answered have no target and are not in it. */
export function* tally({ task, since, slowerThanMs }: TallyOptions): Work<TargetTally[]> {
  const from = readTime(since);
  const counts = yield* rowsOf(COUNTS, slowerThanMs ?? null, task, from);
  const grouped = yield* rowsOf(VERDICT_GROUPS, task, from);
  const groups = new Map(grouped.map((row) => [keyOf(row), verdictGroupsOf(row)]));
  const tallies: TargetTally[] = [];
  for (const row of counts) {
    tallies.push({
      target: text(row, 'target'),
      answeredAs: text(row, 'answered_as') as AnsweredAs,
      calls: Number(row['calls']),
      errors: Number(row['errors']),
      accepted: Number(row['accepted']),
      edited: Number(row['edited']),
      rejected: Number(row['rejected']),
      corrected: Number(row['corrected']),
      slow: slowerThanMs === undefined ? null : Number(row['slow']),
      p95Ms: yield* p95(row, task, from),
      costUsd: Number(row['cost_usd']),
      costUsdSquares: Number(row['cost_usd_squares']),
      pricedCalls: Number(row['priced_calls']),
      verdictGroups: groups.get(keyOf(row)) ?? { groups: 0, nn: 0, na: 0, aa: 0 },
    });
  }
  return tallies;
}

/** The smallest time that 95 % of the whole answers did not exceed. */
function* p95(row: Row, task: string, from: number): Work<number | null> {
  const whole = Number(row['calls']) - Number(row['errors']);
  if (whole === 0) return null;
  const slower = whole - Math.ceil((whole * 95) / 100);
  const found = yield* rowOf(SLOWEST, task, from, text(row, 'target'), text(row, 'answered_as'), slower);
  return found === null ? null : numberOrNull(found, 'duration_ms');
}

function verdictGroupsOf(row: Row): VerdictGroups {
  const { groups, nn, na, aa } = row;
  return { groups: Number(groups), nn: Number(nn), na: Number(na), aa: Number(aa) };
}

/** By who was asked first, failed by its own fault (5xx) and was not who answered in the end. */
export function* passedOn({ task, since }: Parameters<InferenceStore['passedOn']>[0]): Work<PassedOn[]> {
  const rows = yield* rowsOf(
    `SELECT passed_on, count(*) AS calls FROM inferences
     WHERE passed_on IS NOT NULL AND task = ? AND at >= ? GROUP BY passed_on ORDER BY passed_on`,
    task,
    readTime(since),
  );
  return rows.map((row) => ({ target: text(row, 'passed_on'), calls: Number(row['calls']) }));
}

function keyOf(row: Row): string {
  return JSON.stringify([row['target'], row['answered_as']]);
}
