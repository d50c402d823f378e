import type { SqlValue } from '../sql/database.ts';
import { storableText } from './storable-text.ts';
import { textArray } from './text-array.ts';

/** A column of values as one parameter of an array type. */
export function arrayOf(type: string, values: readonly SqlValue[]): unknown {
  if (type !== 'text' && type !== 'json') return values;
  return textArray(
    type,
    values.map((value) => (value === null ? null : storableText(String(value)))),
  );
}
