import type { AnsweredAs } from '../../schema/inference.ts';
import type { InferenceStore, TargetTally } from '../store.ts';
import { numberOrNull, text } from './column-values.ts';
import { type Row, rowsOf, type Work } from './database.ts';
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
    count(cost_usd) AS priced_calls
  FROM inferences
  WHERE task = ? AND at >= ? AND target IS NOT NULL AND answered_as IS NOT NULL
  GROUP BY target, answered_as ORDER BY target, answered_as`;

const PERCENTILES = `
  SELECT target, answered_as, min(duration_ms) AS p95
  FROM (
    SELECT target, answered_as, duration_ms,
      cume_dist() OVER (PARTITION BY target, answered_as ORDER BY duration_ms) AS share
    FROM inferences
    WHERE task = ? AND at >= ? AND target IS NOT NULL AND answered_as IS NOT NULL AND error_code IS NULL
  ) AS whole
  WHERE share >= 0.95 GROUP BY target, answered_as`;

/** What each target did for a task since a time. Calls that nobody answered have no target and are not in it. */
export function* tally({ task, since, slowerThanMs }: TallyOptions): Work<TargetTally[]> {
  const from = readTime(since);
  const counts = yield* rowsOf(COUNTS, slowerThanMs ?? null, task, from);
  const percentiles = yield* rowsOf(PERCENTILES, task, from);
  const p95 = new Map(percentiles.map((row) => [keyOf(row), numberOrNull(row, 'p95')]));
  return counts.map((row) => ({
    target: text(row, 'target'),
    answeredAs: text(row, 'answered_as') as AnsweredAs,
    calls: Number(row['calls']),
    errors: Number(row['errors']),
    accepted: Number(row['accepted']),
    edited: Number(row['edited']),
    rejected: Number(row['rejected']),
    corrected: Number(row['corrected']),
    slow: slowerThanMs === undefined ? null : Number(row['slow']),
    p95Ms: p95.get(keyOf(row)) ?? null,
    costUsd: Number(row['cost_usd']),
    pricedCalls: Number(row['priced_calls']),
  }));
}

function keyOf(row: Row): string {
  return JSON.stringify([row['target'], row['answered_as']]);
}
