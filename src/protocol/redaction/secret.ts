import { BASE64, isKind, LETTER, NAME_SIGN, runEnd, WORD } from './character-kind.ts';
import type { Identifier } from './identifier.ts';
import { SECRET_FORMS, type SecretForm } from './secret-forms.ts';

const MOST_SECRET = 4096;
/** Of one part, without dots. */
const MOST_PLAIN_SECRET = 256;
const MOST_NAME = 64;
const MOST_VALUE = 512;
const MOST_USER_INFO = 200;
const COLON = 0x3a;
const AT = 0x40;
const LETTER_B = 0x62;
const NAME: number = WORD | NAME_SIGN;
const BEGIN_KEY = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/y;
const MOST_KEY_BLOCK = 20_000;

/** Forms by the first two characters of their prefix, which are ASCII. */
const FORMS: (readonly SecretForm[] | undefined)[] = Array.from({ length: 128 * 128 });
for (const form of SECRET_FORMS) {
  const pair = pairAt(form.prefix, 0);
  FORMS[pair] = [...(FORMS[pair] ?? []), form];
}

function pairAt(text: string, at: number): number {
  const second = text.charCodeAt(at + 1);
  return second < 128 ? text.charCodeAt(at) * 128 + second : 0;
}

/** The key of a known provider that begins at a word's start, an ASCII letter. */
export function knownSecretAt(text: string, start: number): Identifier | null {
  const forms = FORMS[pairAt(text, start)];
  if (forms === undefined) return null;
  for (const form of forms) {
    const end = text.startsWith(form.prefix, start)
      ? endOfForm(text, start + form.prefix.length, form)
      : null;
    if (end !== null) return { kind: 'key', start, end };
  }
  return null;
}

function endOfForm(text: string, start: number, { least, most, of, dots = 0 }: SecretForm): number | null {
  let end = runEnd(text, start, of, dots === 0 ? MOST_PLAIN_SECRET : MOST_SECRET);
  if (end - start < least || (most !== undefined && end - start > most)) return null;
  for (let dot = 0; dot < dots; dot++) {
    const next = text[end] === '.' ? runEnd(text, end + 1, of, MOST_SECRET) : end;
    if (next - end < 11) return null;
    end = next;
  }
  return /\d/.test(text.slice(start, end)) ? end : null;
}

/** What follows `Bearer` or `Basic` at a word's start, when it is a token and not a word. */
export function authorizationAt(text: string, start: number, wordEnd: number): Identifier | null {
  const length = wordEnd - start;
  const first = text.charCodeAt(start) | 0x20;
  if (first !== LETTER_B || (length !== 6 && length !== 5)) return null;
  const word = text.slice(start, wordEnd).toLowerCase();
  if ((word !== 'bearer' && word !== 'basic') || text[wordEnd] !== ' ') return null;
  const from = wordEnd + 1;
  let end = runEnd(text, from, BASE64, MOST_SECRET);
  while (text[end] === '.' && runEnd(text, end + 1, BASE64, 1) > end + 1)
    end = runEnd(text, end + 1, BASE64, MOST_SECRET);
  const least = word === 'basic' ? 12 : 16;
  const isToken = end - from >= least && (/\d/.test(text.slice(from, end)) || text[end - 1] === '=');
  return isToken ? { kind: 'key', start: from, end } : null;
}

/** A private key in PEM form that begins at `start`; without its end everything after the beginning counts. */
export function privateKeyAt(text: string, start: number): Identifier | null {
  BEGIN_KEY.lastIndex = start;
  if (!BEGIN_KEY.test(text)) return null;
  const close = text.indexOf('-----END', BEGIN_KEY.lastIndex);
  const end =
    close === -1 ? Math.min(text.length, start + MOST_KEY_BLOCK) : text.indexOf('-----', close + 8) + 5;
  return { kind: 'key', start, end: end < start + 5 ? text.length : end };
}

/** The password in `scheme://user:password@host`, with `at` at the colon of `://`. */
export function passwordInUrlAt(text: string, at: number): Identifier | null {
  const limit = Math.min(text.length, at + MOST_USER_INFO);
  let start = 0;
  for (let end = at + 3; end < limit; end++) {
    const code = text.charCodeAt(end);
    if (code === COLON && start === 0) start = end + 1;
    else if (code === AT) return start > 0 && end > start ? { kind: 'key', start, end } : null;
    else if (isEndOfUserInfo(code)) return null;
  }
  return null;
}

/** Space, quotes, `#`, `/`, `<`, `>`, `?`. */
function isEndOfUserInfo(code: number): boolean {
  return (
    code <= 0x20 ||
    code === 0x22 ||
    code === 0x23 ||
    code === 0x27 ||
    code === 0x2f ||
    (code >= 0x3c && code <= 0x3f && code !== 0x3d)
  );
}

const PASSWORD_NAME = /(?:password|passwd|passwort|kennwort|passphrase|pwd|passcode)$/;
const TOKEN_NAME =
  /(?:(?:api|secret|access|private|signing|encryption|master|auth|account|service|license|shared|session|storage|admin|root|bot|deploy)key|secret|token|credentials?|authorization|accesskeyid|apikeyid|sessionid|sig|connectionstring)$/;
/** In which the names above end. */
const LAST_LETTERS = 'ydtenslgYDTENSLG';
const PLACEHOLDER =
  /^(?:[<[{$%].*|.*[>\]}]|x{4,}.*|\*+|\.+|your.*|my[-_].*|(?:some|the|an?|insert|replace|enter|test|dummy|fake|example|sample|changeme|placeholder|redacted|hidden|null|none|undefined|true|false|required|optional|process\.env.*|os\.(?:environ|getenv).*|env\..*|config\..*|import\.meta.*)(?:[-_. ].*)?)$/i;

/** The value in `name = value` or `name: value` whose sign is at `at`, when the name says that it is secret and the value looks so. */
export function assignedSecretAt(text: string, at: number): Identifier | null {
  const name = nameBefore(text, at);
  if (name === null || !mayHoldSecret(name)) return null;
  let start = at + 1;
  if (text[start] === '>' || text[start] === '=') start++;
  while (start < at + 4 && (text[start] === ' ' || text[start] === '\t')) start++;
  const authorization = /^(?:bearer|basic|token) /i.exec(text.slice(start, start + 8));
  if (authorization !== null) start += authorization[0].length;
  const quote = /^\\?["'`]/.exec(text.slice(start, start + 2))?.[0] ?? '';
  start += quote.length;
  const end = valueEnd(text, start, quote);
  return isSecretValue(name, text.slice(start, end)) ? { kind: 'key', start, end } : null;
}

/** Whether a field of this name holds a secret, and this is one. */
export function isSecretField(name: string, value: string): boolean {
  return name.length <= MOST_NAME && value.length <= MOST_SECRET && isSecretValue(name, value);
}

function nameBefore(text: string, at: number): string | null {
  let end = at;
  while (end > at - 3 && (text[end - 1] === ' ' || text[end - 1] === '\\')) end--;
  if (isQuote(text[end - 1])) end--;
  if (text[end - 1] === '\\') end--;
  const earliest = Math.max(0, end - MOST_NAME);
  let start = end;
  while (start > earliest && isKind(text.charCodeAt(start - 1), NAME)) start--;
  return start === end ? null : text.slice(start, end);
}

function isQuote(character: string | undefined): boolean {
  return character === '"' || character === "'" || character === '`';
}

function valueEnd(text: string, start: number, quote: string): number {
  const limit = Math.min(text.length, start + MOST_VALUE);
  let end = start;
  while (end < limit && !isEndOfValue(text.charCodeAt(end), quote !== '')) end++;
  const last = text[end - 1];
  return quote === '' && end < limit && (last === '.' || last === ',') ? end - 1 : end;
}

/** Space, quotes and brackets end a value; without quotes also what separates fields. */
function isEndOfValue(code: number, isQuoted: boolean): boolean {
  if (code <= 0x20 || code === 0x22 || code === 0x27 || code === 0x60 || code === 0x5c) return true;
  if (isQuoted) return false;
  return (
    code === 0x2c ||
    code === 0x3b ||
    code === 0x26 ||
    code === 0x28 ||
    code === 0x29 ||
    code === 0x3c ||
    code === 0x3e
  );
}

/** A quick look at the end of a name: most are told apart by it. */
function mayHoldSecret(name: string): boolean {
  return LAST_LETTERS.includes(name.at(-1)!) || !isKind(name.charCodeAt(name.length - 1), LETTER);
}

function isSecretValue(name: string, value: string): boolean {
  if (value.length < 6 || !mayHoldSecret(name)) return false;
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const isPasswordName = PASSWORD_NAME.test(plain);
  if (!isPasswordName && plain !== 'key' && !TOKEN_NAME.test(plain)) return false;
  if (PLACEHOLDER.test(value)) return false;
  if (isPasswordName) return isPassword(value);
  if (plain !== 'key') return isRandomLooking(value, 12);
  return /^[\w+/=-]+$/.test(value) && isRandomLooking(value, 24) && !isUuid(value);
}

function isPassword(value: string): boolean {
  const isMixed = /\p{L}/u.test(value) && /[^\p{L}\s.,:;-]/u.test(value);
  return isMixed || /^\d+$/.test(value) || value.length >= 16;
}

/** Letters and digits in a mixture that no word has. */
function isRandomLooking(value: string, least: number): boolean {
  if (value.length < least || /\s/.test(value)) return false;
  const isMixed = /[a-z]/i.test(value) && /\d/.test(value);
  const isHexadecimal = /^[0-9a-f]{32,}$/i.test(value);
  const isLongAndOfBothCases =
    value.length >= 32 && /[A-Z]/.test(value) && /[a-z]/.test(value) && !value.includes('.');
  return (isMixed || isHexadecimal || isLongAndOfBothCases) && entropyOf(value) >= 2.5;
}

function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value);
}

/** Bits per character, from how often each occurs. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / value.length) * Math.log2(count / value.length);
  return bits;
}
