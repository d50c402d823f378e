import { CHARACTER_CLASS, LINE_END, NUMBER, OTHER, SPACE, WORD } from './character-class.ts';

/**
 * How a text is cut before byte pairs are merged: GPT-4's rules, with combining marks kept in words and the English
 * contractions spelled out (a case-insensitive group would also take the long s).
 */
export const PRE_TOKEN_PATTERN: string = [
  String.raw`'(?:[sdmtSDMT]|[lL][lL]|[vV][eE]|[rR][eE])`,
  String.raw`[^\r\n\p{L}\p{M}\p{N}]?[\p{L}\p{M}]+`,
  String.raw`\p{N}{1,3}`,
  String.raw` ?[^\s\p{L}\p{M}\p{N}]+[\r\n]*`,
  String.raw`\s*[\r\n]+`,
  String.raw`\s+(?!\S)`,
  String.raw`\s+`,
].join('|');

const BLANK = 0x20;
const APOSTROPHE = 0x27;
const DIGITS_TOGETHER = 3;

/** Where the pre-token that starts at `start` ends; `bytes` are well-formed UTF-8. The same as `PRE_TOKEN_PATTERN`. */
export function preTokenEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = classAt(bytes, start);
  if (first === WORD) return runEnd(bytes, start, end, WORD);
  if (first === NUMBER) return numberEnd(bytes, start, end);
  if (first === LINE_END) return spaceEnd(bytes, start, end);
  if (bytes[start] === APOSTROPHE) {
    const contractionEnd = endOfContraction(bytes, start, end);
    if (contractionEnd > 0) return contractionEnd;
  }
  const second = start + widthAt(bytes, start);
  const next = second < end ? classAt(bytes, second) : LINE_END;
  if (next === WORD) return runEnd(bytes, second, end, WORD);
  if (first === OTHER) return lineEnds(bytes, runEnd(bytes, second, end, OTHER), end);
  if (bytes[start] === BLANK && next === OTHER && second < end) {
    return lineEnds(bytes, runEnd(bytes, second, end, OTHER), end);
  }
  return spaceEnd(bytes, start, end);
}

function widthAt(bytes: Uint8Array, position: number): number {
  const byte = bytes[position]!;
  if (byte < 0x80) return 1;
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

function classAt(bytes: Uint8Array, position: number): number {
  const byte = bytes[position]!;
  return CHARACTER_CLASS[byte < 0x80 ? byte : codePointAt(bytes, position)]!;
}

function codePointAt(bytes: Uint8Array, position: number): number {
  const lead = bytes[position]!;
  const second = bytes[position + 1]! & 0x3f;
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second;
  const third = bytes[position + 2]! & 0x3f;
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third;
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[position + 3]! & 0x3f);
}

function runEnd(bytes: Uint8Array, start: number, end: number, wanted: number): number {
  let position = start;
  while (position < end && classAt(bytes, position) === wanted) position += widthAt(bytes, position);
  return position;
}

function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  for (let digits = 0; digits < DIGITS_TOGETHER; digits++) {
    if (position >= end || classAt(bytes, position) !== NUMBER) break;
    position += widthAt(bytes, position);
  }
  return position;
}

function lineEnds(bytes: Uint8Array, start: number, end: number): number {
  return runEnd(bytes, start, end, LINE_END);
}

/** White space up to its last line end; without one, all of it but the last character before something else. */
function spaceEnd(bytes: Uint8Array, start: number, end: number): number {
  let position = start;
  let last = start;
  let afterLineEnd = 0;
  while (position < end) {
    const kind = classAt(bytes, position);
    if (kind !== SPACE && kind !== LINE_END) break;
    last = position;
    position += widthAt(bytes, position);
    if (kind === LINE_END) afterLineEnd = position;
  }
  if (afterLineEnd > 0) return afterLineEnd;
  return position === end || last === start ? position : last;
}

/** 0 when there is none. */
function endOfContraction(bytes: Uint8Array, start: number, end: number): number {
  const one = start + 1 < end ? lowerLetter(bytes[start + 1]!) : '';
  if (one !== '' && 'sdmt'.includes(one)) return start + 2;
  const two = start + 2 < end ? one + lowerLetter(bytes[start + 2]!) : '';
  return two === 'll' || two === 've' || two === 're' ? start + 3 : 0;
}

function lowerLetter(byte: number): string {
  return byte < 0x80 ? String.fromCharCode(byte).toLowerCase() : '';
}
