/** Kinds of UTF-16 code units as the featuriser tells them apart. */
export const SPACE = 0;
export const WORD = 1;
/** A token by itself: ASCII punctuation, general and CJK punctuation, kana and Han. */
export const ALONE = 2;

const SPACES: readonly (readonly [number, number])[] = [
  [0x00, 0x20],
  [0x7f, 0xa0],
  [0x1680, 0x1680],
  [0x2000, 0x200b],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

const ALONE_RANGES: readonly (readonly [number, number])[] = [
  [0x21, 0x2f],
  [0x3a, 0x40],
  [0x5b, 0x60],
  [0x7b, 0x7e],
  [0x2010, 0x2027],
  [0x2030, 0x205e],
  [0x3001, 0x303f],
  [0x3040, 0x30ff],
  [0x3400, 0x9fff],
  [0xff01, 0xff0f],
];

/** The kind of each of the 65,536 code units; everything not listed here is part of a word, lone surrogates included. */
export const CHARACTER_KIND: Uint8Array = tableOfKinds();

function tableOfKinds(): Uint8Array {
  const kinds = new Uint8Array(0x10000).fill(WORD);
  for (const [first, last] of SPACES) kinds.fill(SPACE, first, last + 1);
  for (const [first, last] of ALONE_RANGES) kinds.fill(ALONE, first, last + 1);
  return kinds;
}
