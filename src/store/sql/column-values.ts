import type { JsonValue } from '../store.ts';
import type { Row } from './database.ts';

/** A column that holds text. */
export function text(row: Row, column: string): string {
  return String(row[column]);
}

/** A column that holds text or NULL. */
export function textOrNull(row: Row, column: string): string | null {
  const value = row[column];
  return value === null || value === undefined ? null : String(value);
}

/** A column that holds a number or NULL. */
export function numberOrNull(row: Row, column: string): number | null {
  const value = row[column];
  return value === null || value === undefined ? null : Number(value);
}

/** A column that holds JSON as text. */
export function json(row: Row, column: string): JsonValue {
  return JSON.parse(text(row, column)) as JsonValue;
}

/** A column that holds JSON as text, or NULL. */
export function jsonOrNull(row: Row, column: string): JsonValue {
  const value = textOrNull(row, column);
  return value === null ? null : (JSON.parse(value) as JsonValue);
}

/** Milliseconds since 1970 as ISO 8601. */
export function isoTime(row: Row, column: string): string {
  return new Date(Number(row[column])).toISOString();
}
