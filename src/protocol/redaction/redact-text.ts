import { findIdentifiers, type FindOptions } from './find-identifiers.ts';
import type { Identifier } from './identifier.ts';

/** Shorter texts hold none. */
export const LEAST_IDENTIFIER = 6;

/** A mark in the place of a word can make what stands beside it an identifier. */
const MOST_ROUNDS = 4;

/** The text with each identifier replaced by its kind in brackets, again and again until there is none; the same string when there never was. */
export function redactPlainText(text: string, options: FindOptions): string {
  if (text.length < LEAST_IDENTIFIER) return text;
  let redacted = text;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const found = findIdentifiers(redacted, options);
    if (found.length === 0) return redacted;
    redacted = withMarks(redacted, found);
  }
  return redacted;
}

/** What stands where an identifier was. */
function markOf({ kind }: Pick<Identifier, 'kind'>): string {
  return `[${kind}]`;
}

function withMarks(text: string, found: readonly Identifier[]): string {
  let redacted = '';
  let done = 0;
  for (const identifier of found) {
    redacted += text.slice(done, identifier.start) + markOf(identifier);
    done = identifier.end;
  }
  return redacted + text.slice(done);
}
