import { DIGIT, isKind, LETTER, NUMBER_SIGN, UNDERSCORE } from './character-kind.ts';
import { cardAmong, type DigitGroup } from './card.ts';
import type { Identifier } from './identifier.ts';
import { contextOf, isPhoneNumber } from './phone.ts';

/** Longest stretch that is looked at as one number. */
const MOST_CHARACTERS = 48;
/** Signs between two groups of digits: `) `, ` - `. */
const MOST_SIGNS = 3;
const MOST_BEFORE = 40;
const LEAST_DIGITS = 7;
const PLUS = 0x2b;
/** Attached to a word before it, these say that the digits belong to the word. */
const ATTACHED = new Set(['-', '.', '/', '_', '#', '@', '‑', '–', ',', '\\']);

/** The card or phone number that begins at `start`, which is a digit, `+` or `(`. */
export function numberAt(
  text: string,
  start: number,
  kinds: { card: boolean; phone: boolean; called: boolean },
): Identifier | null {
  if (!hasEnoughDigits(text, start) || isPartOfWord(text, start)) return null;
  const groups = digitGroups(text, start);
  if (groups.length === 0) return null;
  const card = kinds.card ? cardAmong(groups) : null;
  if (card !== null) return { kind: 'card', ...card };
  return kinds.phone ? phoneAt(text, start, groups, kinds.called) : null;
}

/** The longest beginning that is a phone number: several may stand side by side. */
function phoneAt(
  text: string,
  start: number,
  groups: readonly DigitGroup[],
  isCalled: boolean,
): Identifier | null {
  const before = text.slice(Math.max(0, start - MOST_BEFORE), start);
  const context = isCalled ? 'called' : contextOf(before);
  for (let count = groups.length; count > 0; count--) {
    const { end } = groups[count - 1]!;
    const next = groups[count];
    if (next !== undefined && text[next.start - 1] !== ' ') continue;
    const written = { groups: groups.slice(0, count), written: text.slice(start, end) };
    if (isPhoneNumber(written, context)) return { kind: 'phone', start, end };
  }
  return null;
}

/** A look that costs nothing: most numbers are short. */
function hasEnoughDigits(text: string, start: number): boolean {
  const limit = Math.min(text.length, start + MOST_CHARACTERS);
  let digits = 0;
  let at = start;
  for (; at < limit && digits < LEAST_DIGITS; at++) {
    const code = text.charCodeAt(at);
    if (isKind(code, DIGIT)) digits++;
    else if (!isKind(code, NUMBER_SIGN) && code !== PLUS) return false;
  }
  return digits >= LEAST_DIGITS;
}

function isPartOfWord(text: string, start: number): boolean {
  if (start === 0) return false;
  const before = text.charCodeAt(start - 1);
  if (isKind(before, LETTER | DIGIT | UNDERSCORE)) return true;
  return ATTACHED.has(text[start - 1]!) && isKind(text.charCodeAt(start - 2), LETTER | DIGIT | UNDERSCORE);
}

/** Groups of digits that are written as one number; a group that goes on as a word is none. */
function digitGroups(text: string, start: number): DigitGroup[] {
  const groups: DigitGroup[] = [];
  const limit = Math.min(text.length, start + MOST_CHARACTERS);
  let at = start;
  while (at < limit) {
    let first = at;
    const most = at + MOST_SIGNS;
    while (first < most && isSign(text, first, { isStart: at === start })) first++;
    let end = first;
    while (isKind(text.charCodeAt(end), DIGIT)) end++;
    const goesOn = isKind(text.charCodeAt(end), LETTER | UNDERSCORE);
    if (end === first || goesOn || end > limit + MOST_CHARACTERS) break;
    groups.push({ digits: text.slice(first, end), start: first, end });
    at = end;
  }
  // A lone digit at the end counts something else: `call 030 1234567 2 times`.
  while (groups.length > 1 && isLoneDigit(text, groups.at(-1)!)) groups.pop();
  return groups;
}

function isLoneDigit(text: string, { start, end }: DigitGroup): boolean {
  return end === start + 1 && text[start - 1] === ' ';
}

function isSign(text: string, at: number, { isStart }: { isStart: boolean }): boolean {
  return isKind(text.charCodeAt(at), NUMBER_SIGN) || (isStart && text[at] === '+');
}
