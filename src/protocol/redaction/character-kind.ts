/** What a character can be part of; hardly any beyond ASCII is part of anything. */
export const DIGIT = 1;
export const LETTER = 2;
export const UNDERSCORE = 4;
/** Of base64 in both alphabets, besides letters, digits and the underscore. */
export const BASE64_SIGN = 8;
/** Of the part of an e-mail address before the @. */
export const LOCAL_SIGN = 16;
/** Starts a search by itself. */
export const TRIGGER = 32;
/** Stands before or between the digits of a number. */
export const NUMBER_SIGN = 64;
/** Of a name, besides letters, digits and the underscore. */
export const NAME_SIGN = 128;

export const WORD: number = DIGIT | LETTER | UNDERSCORE;
export const BASE64: number = WORD | BASE64_SIGN;

const KINDS = new Uint8Array(65_536);

function mark(characters: string, kind: number): void {
  for (const character of characters) KINDS[character.charCodeAt(0)]! |= kind;
}

mark('0123456789', DIGIT);
mark('abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ', LETTER);
mark('_', UNDERSCORE);
mark('+/-=', BASE64_SIGN);
mark("._%+-'~&", LOCAL_SIGN);
mark('@+(:=%-', TRIGGER);
mark('.-', NAME_SIGN);
// With the no-break space, the no-break hyphen and the en dash.
mark(' ().-/\u00A0\u2011\u2013', NUMBER_SIGN);

/** The kinds of a UTF-16 code unit. */
export function kindOf(code: number): number {
  return KINDS[code]!;
}

/** Behind the end of a text (`NaN`) nothing is of any kind. */
export function isKind(code: number, kind: number): boolean {
  return (KINDS[code]! & kind) !== 0;
}

/** Where a run of characters of a kind that begins at `start` ends, at the latest after `most`. */
export function runEnd(text: string, start: number, kind: number, most = Infinity): number {
  const limit = Math.min(text.length, start + most);
  let end = start;
  while (end < limit && (KINDS[text.charCodeAt(end)]! & kind) !== 0) end++;
  return end;
}
