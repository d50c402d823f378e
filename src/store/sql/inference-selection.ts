import type { InferenceFilter } from '../store.ts';
import type { Dialect, SqlValue } from './database.ts';
import { feedbackMask } from './feedback-kinds.ts';
import { indexedText } from './indexed-text.ts';
import { readTime } from './page-position.ts';

/** The inferences of a filter, as the end of a statement. */
export interface Selection {
  /** `FROM … WHERE …`. */
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
  /** Columns to order by, of the index that leads. */
  readonly at: string;
  readonly seq: string;
}

interface Condition {
  readonly sql: string;
  readonly parameters: readonly SqlValue[];
}

/** Further conditions, made with the columns of the position. */
export type PositionCondition = (columns: { at: string; seq: string }) => Condition;

/** Selects through the index of the condition that is likely to leave the fewest rows; every index is in the order of time. */
export function selectInferences(
  filter: InferenceFilter,
  dialect: Dialect,
  further: readonly PositionCondition[] = [],
): Selection {
  const [leadingTag, ...otherTags] = Object.entries(filter.tags ?? {});
  const index = leadingIndex(filter);
  const byTag = index === null && leadingTag !== undefined;
  const columns = byTag ? { at: 'tag.at', seq: 'tag.seq' } : { at: 'inferences.at', seq: 'inferences.seq' };
  const conditions = [
    ...(byTag ? [leadBy(leadingTag)] : leadingTag === undefined ? [] : [hasTag(leadingTag)]),
    ...otherTags.map(hasTag),
    ...columnConditions(filter),
    ...timeConditions(filter, columns.at),
    ...further.map((condition) => condition(columns)),
  ];
  const from = byTag
    ? 'inference_tags AS tag CROSS JOIN inferences'
    : `inferences${dialect.indexedBy(index ?? scanIndex(filter))}`;
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map(({ sql }) => sql).join(' AND ')}`;
  return {
    sql: `FROM ${from}${where}`,
    parameters: conditions.flatMap(({ parameters }) => [...parameters]),
    ...columns,
  };
}

function leadingIndex({ user, group }: InferenceFilter): string | null {
  if (user !== undefined) return 'inferences_by_user';
  return group === undefined ? null : 'inferences_by_group';
}

function scanIndex({ feedback, failed, target, task }: InferenceFilter): string {
  if (feedback !== undefined) return 'inferences_with_feedback';
  if (failed === true) return 'inferences_failed';
  if (target !== undefined) return 'inferences_by_target';
  return task === undefined ? 'inferences_by_time' : 'inferences_by_task';
}

function leadBy([name, value]: [string, string]): Condition {
  return {
    sql: 'tag.name = ? AND tag.value = ? AND inferences.seq = tag.seq',
    parameters: [indexedText(name), indexedText(value)],
  };
}

function hasTag([name, value]: [string, string]): Condition {
  return {
    sql: `EXISTS (SELECT 1 FROM inference_tags AS other WHERE other.name = ? AND other.value = ?
      AND other.at = inferences.at AND other.seq = inferences.seq)`,
    parameters: [indexedText(name), indexedText(value)],
  };
}

const EQUALITIES = [
  ['task', 'task'],
  ['endpoint', 'endpoint'],
  ['target', 'target'],
  ['answeredAs', 'answered_as'],
  ['user', 'user_id'],
  ['group', 'group_id'],
] as const;

function columnConditions(filter: InferenceFilter): Condition[] {
  const conditions: Condition[] = [];
  for (const [key, column] of EQUALITIES) {
    const value = filter[key];
    if (value !== undefined)
      conditions.push({ sql: `inferences.${column} = ?`, parameters: [indexedText(value)] });
  }
  const { failed, feedback } = filter;
  if (failed !== undefined) {
    conditions.push({ sql: `inferences.error_code IS ${failed ? 'NOT NULL' : 'NULL'}`, parameters: [] });
  }
  if (feedback !== undefined) {
    conditions.push({
      sql: 'inferences.feedback_mask <> 0 AND (inferences.feedback_mask & CAST(? AS integer)) <> 0',
      parameters: [feedbackMask(feedback)],
    });
  }
  return conditions;
}

function timeConditions({ since, until }: InferenceFilter, column: string): Condition[] {
  const conditions: Condition[] = [];
  if (since !== undefined) conditions.push({ sql: `${column} >= ?`, parameters: [readTime(since)] });
  if (until !== undefined) conditions.push({ sql: `${column} < ?`, parameters: [readTime(until)] });
  return conditions;
}
