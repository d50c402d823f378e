import { readRanges } from './read-ranges.ts';
import { NUMBER_RANGES, WORD_RANGES } from './unicode-ranges.ts';

/** What the pre-tokenizer tells apart. */
export const OTHER = 0;
export const WORD = 1;
export const NUMBER = 2;
export const SPACE = 3;
export const LINE_END = 4;

const CODE_POINTS = 0x110000;
const SPACES: readonly [from: number, to: number][] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
];

/** The class of every code point. */
export const CHARACTER_CLASS: Uint8Array = characterClasses();

function characterClasses(): Uint8Array {
  const classes = new Uint8Array(CODE_POINTS);
  for (const { from, to } of readRanges(WORD_RANGES)) classes.fill(WORD, from, to);
  for (const { from, to } of readRanges(NUMBER_RANGES)) classes.fill(NUMBER, from, to);
  for (const [from, to] of SPACES) classes.fill(SPACE, from, to + 1);
  classes[0x0a] = LINE_END;
  classes[0x0d] = LINE_END;
  return classes;
}
