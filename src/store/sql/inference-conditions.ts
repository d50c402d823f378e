import type { InferenceFilter } from '../store.ts';
import type { SqlValue } from './database.ts';
import { feedbackMask } from './feedback-kinds.ts';
import { indexedText } from './indexed-text.ts';
import { readTime } from './page-position.ts';

/** Part of a WHERE over `inferences`. */
export interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  /** How its rows are found in the order of time; without it they are not found, only checked. */
  readonly lead?: { readonly index: string } | { readonly tag: readonly [name: string, value: string] };
}

/** What a filter asks of the columns of an inference; those that usually leave the fewest rows come first. */
export function conditionsOf(filter: InferenceFilter): Condition[] {
  const { user, group, feedback, failed, target, task, tags = {}, endpoint, answeredAs } = filter;
  return [
    ...equality('user_id', user, 'inferences_by_user'),
    ...equality('group_id', group, 'inferences_by_group'),
    ...(feedback === undefined ? [] : [hasFeedback(feedbackMask(feedback))]),
    ...(failed === undefined ? [] : [hasFailed(failed)]),
    ...equality('target', target, 'inferences_by_target'),
    ...Object.entries(tags).map(([name, value]) => hasTag(indexedText(name), indexedText(value))),
    ...equality('task', task, 'inferences_by_task'),
    ...equality('endpoint', endpoint),
    ...equality('answered_as', answeredAs),
  ];
}

/** What a filter asks of the time, by the name of a column that holds it. */
export function timeConditionsOf({ since, until }: InferenceFilter, column: string): Condition[] {
  return [
    ...(since === undefined ? [] : [{ sql: `${column} >= ?`, parameters: [readTime(since)] }]),
    ...(until === undefined ? [] : [{ sql: `${column} < ?`, parameters: [readTime(until)] }]),
  ];
}

function equality(column: string, value: string | undefined, index?: string): Condition[] {
  if (value === undefined) return [];
  const condition = { sql: `inferences.${column} = ?`, parameters: [indexedText(value)] };
  return [index === undefined ? condition : { ...condition, lead: { index } }];
}

function hasFeedback(mask: number): Condition {
  return {
    // The first half is the condition of the index.
    sql: 'inferences.feedback_mask <> 0 AND (inferences.feedback_mask & CAST(? AS integer)) <> 0',
    parameters: [mask],
    lead: { index: 'inferences_with_feedback' },
  };
}

function hasFailed(failed: boolean): Condition {
  if (!failed) return { sql: 'inferences.error_code IS NULL', parameters: [] };
  return {
    sql: 'inferences.error_code IS NOT NULL',
    parameters: [],
    lead: { index: 'inferences_failed' },
  };
}

/** A count instead of EXISTS, so that Postgres looks into the index row by row and does not read all rows with the tag first. */
function hasTag(name: string, value: string): Condition {
  return {
    sql: `(SELECT count(*) FROM inference_tags AS other WHERE other.name = ? AND other.value = ?
      AND other.at = inferences.at AND other.seq = inferences.seq) = 1`,
    parameters: [name, value],
    lead: { tag: [name, value] },
  };
}
