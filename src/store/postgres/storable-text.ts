import type { JsonValue } from '../store.ts';

/** Postgres has no text with U+0000: it becomes the replacement character, like lone surrogates. */
export function storableText(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\u{fffd}') : text;
}

/** JSON text whose strings Postgres can take apart. */
export function storableJson(value: JsonValue): string {
  const text = JSON.stringify(value);
  // U+0000 and lone surrogates are written as \u…, and hardly anything else is.
  return text.includes('\\u') ? JSON.stringify(value, storablePart) : text;
}

function storablePart(_key: string, part: unknown): unknown {
  if (typeof part === 'string') return storableText(part).toWellFormed();
  if (typeof part !== 'object' || part === null || Array.isArray(part)) return part;
  const entries = Object.entries(part);
  return Object.fromEntries(
    entries.map(([name, one]) => [storableText(name).toWellFormed(), one as unknown]),
  );
}
