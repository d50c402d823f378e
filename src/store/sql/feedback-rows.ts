import { type Feedback, feedbackSchema } from '../../schema/feedback.ts';
import { jsonOrNull, numberOrNull, text, textOrNull } from './column-values.ts';
import type { Row, SqlValue } from './database.ts';
import { indexedText, indexedTextOrNull } from './indexed-text.ts';
import { readTime } from './page-position.ts';
import { parseStored } from './parse-stored.ts';

/** Columns of `feedback` that a new row gives, in the order of `feedbackValues`. */
export const FEEDBACK_COLUMNS = [
  'id',
  'inference',
  'kind',
  'at',
  'at_ms',
  'by',
  'comment',
  'output',
  'score',
] as const;

/** What `FEEDBACK_COLUMNS` are for one feedback. */
export function feedbackValues(feedback: Feedback): SqlValue[] {
  return [
    indexedText(feedback.id),
    indexedText(feedback.inference),
    feedback.kind,
    feedback.at,
    readTime(feedback.at),
    indexedTextOrNull(feedback.by),
    feedback.comment,
    'output' in feedback ? JSON.stringify(feedback.output) : null,
    feedback.kind === 'score' ? feedback.score : null,
  ];
}

/** A row of `feedback`. */
export function feedbackOf(place: string, row: Row): Feedback {
  const kind = text(row, 'kind');
  return parseStored(feedbackSchema, place, {
    id: text(row, 'id'),
    inference: text(row, 'inference'),
    at: text(row, 'at'),
    by: textOrNull(row, 'by'),
    comment: textOrNull(row, 'comment'),
    kind,
    ...(kind === 'edited' || kind === 'corrected' ? { output: jsonOrNull(row, 'output') } : {}),
    ...(kind === 'score' ? { score: numberOrNull(row, 'score') } : {}),
  });
}
