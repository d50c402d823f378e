import { HomegrownError } from '../../errors/homegrown-error.ts';

/** Where a row stands: rows are in order of time, those of one millisecond in the order in which they were stored. */
export interface Position {
  readonly at: number;
  readonly seq: number;
}

/** A position as callers hand it back. */
export function writePosition({ at, seq }: Position): string {
  return `${at}.${seq}`;
}

/** Throws `store/bad-cursor`. */
export function readPosition(cursor: string): Position {
  const match = /^(-?\d{1,16})\.(\d{1,16})$/.exec(cursor);
  if (match !== null) return { at: Number(match[1]), seq: Number(match[2]) };
  throw new HomegrownError({
    code: 'store/bad-cursor',
    message: 'this is no place in a list',
    kind: 'usage',
    expected: '`next` of the page before',
    found: cursor.slice(0, 100),
    hint: 'Start again from the first page.',
  });
}

/** Milliseconds since 1970 of a time in ISO 8601. Throws `store/bad-time`. */
export function readTime(time: string): number {
  const milliseconds = Date.parse(time);
  if (!Number.isNaN(milliseconds)) return milliseconds;
  throw new HomegrownError({
    code: 'store/bad-time',
    message: 'this is no time',
    kind: 'usage',
    expected: 'ISO 8601, for example 2026-11-24T10:05:00Z',
    found: time.slice(0, 100),
    hint: 'Write the date, then "T" and the time.',
  });
}

/** How many rows a page has. Throws `store/bad-limit`. */
export function readLimit(limit: number): number {
  if (Number.isSafeInteger(limit) && limit > 0) return limit;
  throw new HomegrownError({
    code: 'store/bad-limit',
    message: 'a page cannot have this many rows',
    kind: 'usage',
    expected: 'a whole number above 0',
    found: String(limit),
    hint: 'Leave the limit out for 100 rows.',
  });
}
