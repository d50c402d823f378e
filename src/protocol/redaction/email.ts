import { DIGIT, isKind, LETTER, LOCAL_SIGN, runEnd, UNDERSCORE } from './character-kind.ts';
import type { Identifier } from './identifier.ts';

const MOST_LOCAL = 64;
const MOST_DOMAIN = 253;
const LOCAL = LETTER | DIGIT | UNDERSCORE | LOCAL_SIGN;
/** Pictures for dense screens are called `name@2x.png`. */
const PICTURE = /^\dx\.(?:png|jpe?g|gif|webp|svg)$/i;
const DOMAIN =
  /^(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?\.)+(?:\p{L}{2,63}|xn--[a-z0-9-]{2,59})$/iu;

/** The address around the @ (or `%40`) at `at`, not reaching back before `from`. */
export function emailAround(text: string, at: number, from: number): Identifier | null {
  const start = localStart(text, at, from);
  if (start === at) return null;
  const domainStart = at + (text[at] === '%' ? 3 : 1);
  const end = domainEnd(text, domainStart);
  if (end === null || PICTURE.test(text.slice(domainStart, end))) return null;
  // `git@host:path` is how repositories are written, not somebody's address.
  if (text.slice(start, at) === 'git' && text[end] === ':') return null;
  return { kind: 'email', start, end };
}

function localStart(text: string, at: number, from: number): number {
  const earliest = Math.max(from, at - MOST_LOCAL);
  let start = at;
  while (start > earliest && isLocal(text.charCodeAt(start - 1))) start--;
  while (start < at && isKind(text.charCodeAt(start), LOCAL_SIGN)) start++;
  return start;
}

/** Latin letters with marks are allowed too; other scripts are not, because they write no space before an address. */
function isLocal(code: number): boolean {
  return isKind(code, LOCAL) || (code >= 0xc0 && code <= 0x24f);
}

function domainEnd(text: string, start: number): number | null {
  const limit = Math.min(text.length, start + MOST_DOMAIN);
  let end = start;
  while (end < limit && isDomain(text.charCodeAt(end))) end++;
  while (end > start && (text[end - 1] === '-' || text[end - 1] === '.')) end--;
  for (; end > start; end = text.lastIndexOf('.', end - 1)) {
    const domain = text.slice(start, end);
    if (DOMAIN.test(domain)) return end;
    if (!domain.includes('.')) return null;
  }
  return null;
}

function isDomain(code: number): boolean {
  return isKind(code, LETTER | DIGIT) || code === 0x2d || code === 0x2e || (code >= 0xc0 && code <= 0x2af);
}

/** Whether `%40`, an @ in a URL, is at `index`. */
export function isEncodedAt(text: string, index: number): boolean {
  return text.startsWith('%40', index) && runEnd(text, index + 3, LETTER | DIGIT, 1) > index + 3;
}
