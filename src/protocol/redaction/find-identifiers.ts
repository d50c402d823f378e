import type { RedactionKind } from '../../schema/capture-config.ts';
import { BASE64, DIGIT, isKind, kindOf, LETTER, runEnd, TRIGGER, WORD } from './character-kind.ts';
import { emailAround, isEncodedAt } from './email.ts';
import { ibanAt } from './iban.ts';
import type { Identifier } from './identifier.ts';
import { assignedSecretAt, authorizationAt, knownSecretAt, passwordInUrlAt, privateKeyAt } from './secret.ts';
import { numberAt } from './written-number.ts';

/** A longer run of base64 is data, not something a person or a machine is named by. */
const LEAST_DATA = 256;
/** Words shorter than this are not looked at as a beginning of data. */
const LONG_WORD = 64;

export interface FindOptions {
  readonly kinds: ReadonlySet<RedactionKind>;
  /** The text is the value of a field that holds phone numbers. */
  readonly called: boolean;
}

/**
 * Identifiers in a text, in order and apart. One pass; what is looked at around a place is bounded, so that the time grows with
 * the length of the text whatever is in it.
 */
export function findIdentifiers(text: string, options: FindOptions): Identifier[] {
  const found: Identifier[] = [];
  let done = 0;
  let at = 0;
  while (at < text.length) {
    const kind = kindOf(text.charCodeAt(at));
    if ((kind & (WORD | TRIGGER)) === 0) {
      at++;
      continue;
    }
    const isWord = (kind & WORD) !== 0;
    const end = isWord ? wordEnd(text, at) : dataUrlEnd(text, at);
    const identifier = isWord
      ? identifierAtWord(text, at, end, options)
      : identifierAtSign(text, at, done, options);
    if (identifier !== null) found.push(identifier);
    at = Math.max(end, identifier?.end ?? 0);
    done = identifier?.end ?? done;
  }
  return found;
}

/** Where a word ends; a run of data counts as one. */
function wordEnd(text: string, start: number): number {
  const end = runEnd(text, start, WORD);
  if (end - start < LONG_WORD) return end;
  const dataEnd = runEnd(text, end, BASE64);
  return dataEnd - start >= LEAST_DATA ? dataEnd : end;
}

/** Behind the data when `at` is the colon of a `data:` URL, else behind the sign. */
function dataUrlEnd(text: string, at: number): number {
  if (text[at] !== ':' || !text.startsWith('data:', at - 4)) return at + 1;
  const comma = text.slice(at, at + 128).indexOf(';base64,');
  return comma === -1 ? at + 1 : runEnd(text, at + comma + 8, BASE64);
}

function identifierAtWord(
  text: string,
  start: number,
  end: number,
  { kinds, called }: FindOptions,
): Identifier | null {
  if (isKind(text.charCodeAt(start), DIGIT)) {
    if (runEnd(text, start, DIGIT) < end) return null;
    return numberAt(text, start, { card: kinds.has('card'), phone: kinds.has('phone'), called });
  }
  if (!isKind(text.charCodeAt(start), LETTER)) return null;
  if (kinds.has('key')) {
    const secret = knownSecretAt(text, start) ?? authorizationAt(text, start, end);
    if (secret !== null) return secret;
  }
  return kinds.has('iban') ? ibanAt(text, start) : null;
}

function identifierAtSign(
  text: string,
  at: number,
  from: number,
  { kinds, called }: FindOptions,
): Identifier | null {
  switch (text[at]) {
    case '@':
      return kinds.has('email') ? emailAround(text, at, from) : null;
    case '%':
      return kinds.has('email') && isEncodedAt(text, at) ? emailAround(text, at, from) : null;
    case '+':
    case '(':
      return kinds.has('phone') ? numberAt(text, at, { card: false, phone: true, called }) : null;
    case '-':
      return kinds.has('key') && text.startsWith('-----BEGIN', at) ? privateKeyAt(text, at) : null;
    case ':':
      if (!kinds.has('key')) return null;
      return (text.startsWith('://', at) ? passwordInUrlAt(text, at) : null) ?? assignedSecretAt(text, at);
    case '=':
      return kinds.has('key') ? assignedSecretAt(text, at) : null;
    default:
      return null;
  }
}
