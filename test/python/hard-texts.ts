import { type Random, seededRandom } from '../../src/util/random.ts';

/** Special tokens that hard texts spell now and then. */
export const SPELLED_TOKENS = ['[PAD]', '[CLS]', '[CLS][X]', '<|endoftext|>'] as const;

const ALPHABETS: readonly string[] = [
  'abcdefghijklmnopqrstuvwxyz',
  'ABCXYZÉÀÖÅÇŞĞİIıΣΔΩΟŁẞǅǄſÿ',
  'àéîõüçøåßłæœđħ',
  'абвгдЖЗИЙЁё',
  'αβγδςσώΐ',
  'אבגדהשלוםּ‏‎',
  'مرحبابالعالمًٌٍَُ٠١٢٣',
  'हिन्दी में पाठ क़्षत्रिय',
  'ไทยภาษาอังกฤษ่้๊๋',
  '統計的機械学習自然言語処理ひらがなカタカナ｡ｶﾞ',
  '한국어ㄱㅏᄀ각가힣',
  '𠀀𠀁🀄𝒜𝔅𝟘𝟙𐐀𐐨𞤀𞤢',
];
const MARKS = [
  '\u0300',
  '\u0301',
  '\u0307',
  '\u0323',
  '\u0327',
  '\u0345',
  '\u05b4',
  '\u093c',
  '\u20dd',
  '\ufe0f',
  '\u0897',
  '\u1ac1',
];
const SPACES = [
  ' ',
  '  ',
  '\t',
  '\n',
  '\r\n',
  '\r',
  '\v',
  '\f',
  '\u0085',
  '\u00a0',
  '\u1680',
  '\u2003',
  '\u2028',
  '\u2029',
  '\u202f',
  '\u205f',
  '\u3000',
  '\ufeff',
  '\u200b',
  '\u180e',
  '\u001c',
];
const EMOJI = ['👩‍👩‍👧', '🏳️‍🌈', '👍🏽', '❤️', '🇩🇪', '1️⃣', '👨‍👩‍👧‍👦', '☺', '🫠'];
const DIGITS = ['0', '12', '1234567', '٣٤٥', '²³', '½', 'Ⅷ', '１２３４', '১২', '𝟏𝟐'];
const SIGNS = [
  "'s",
  "'LL",
  "'ſ",
  "don't",
  '’re',
  '--',
  '…',
  '«»',
  '{}[]()',
  '\\',
  '\u0000',
  '\u0007',
  '\u007f',
  '€$£',
  '_',
  '__proto__',
  '#@!',
  '\ufffd',
  '\uffff',
  '\u{10ffff}',
];
const BROKEN = ['\ud800', '\udc00', '\udc00\ud800', 'a\udfff', '\ud83d'];

const BLOCK = 0x200;

const KINDS: readonly ((random: Random) => string)[] = [
  (random) => word(random, 1 + random.integer(8)),
  (random) => word(random, 1 + random.integer(8)),
  (random) => word(random, 1 + random.integer(30)),
  (random) => word(random, 1) + one(random, MARKS) + one(random, MARKS),
  (random) => one(random, MARKS),
  (random) => one(random, SPACES),
  (random) => one(random, SPACES) + one(random, SPACES),
  () => ' ',
  (random) => one(random, EMOJI),
  (random) => one(random, DIGITS),
  (random) => one(random, SIGNS),
  (random) => one(random, BROKEN),
  (random) => one(random, SPELLED_TOKENS),
  (random) => anyCharacters(random),
];

/** Texts that break careless tokenizers, the same ones for the same seed: what is known to be hard, then random mixtures. */
export function hardTexts(count: number, seed: number): string[] {
  const random = seededRandom(seed);
  const texts = [...KNOWN_TO_BE_HARD, ...everyCharacter()];
  while (texts.length < count) {
    const pieces = Array.from({ length: random.integer(24) }, () => one(random, KINDS)(random));
    texts.push(pieces.join(''));
  }
  return texts;
}

const KNOWN_TO_BE_HARD: readonly string[] = [
  '',
  ' ',
  '\n',
  '\u0000',
  ...SPACES,
  ...MARKS,
  ...BROKEN,
  'x'.repeat(1_000_000),
  'abcdefghij'.repeat(30_000),
  'ΑΒΓ'.repeat(20_000),
  ' '.repeat(100_000),
  '\n \t'.repeat(10_000),
  '\u0301'.repeat(5_000),
  '12345'.repeat(10_000),
  '👩‍👩‍👧'.repeat(5_000),
  '!?'.repeat(20_000),
  'ΟΔΟΣ ΣΑΣ Σ ΑΣ\u0301 Σ. İIıi ẞß ŉ ǰ',
  "I'm we'll they've you're she'd it's 's 'S 'Ll 'tis 'ſ '",
  ...SPELLED_TOKENS,
  SPELLED_TOKENS.join(' '),
  '[CLS][CLS][X][X][pad][PAD',
];

/** Each character that has a meaning, in some text, with a letter, a mark and white space as neighbours. */
function everyCharacter(): string[] {
  const blocks = Array.from({ length: 0x33600 / BLOCK }, (_, block) => block * BLOCK);
  return [...blocks, 0xe0000].map((first) => {
    const characters = Array.from({ length: BLOCK }, (_, i) => String.fromCodePoint(first + i));
    const neighbours = characters.map((character) => `a${character}\u0301${character} ${character}\n`);
    return `${characters.join('')} ${neighbours.join('')}`;
  });
}

function anyCharacters(random: Random): string {
  const from = [0x80, 0x800, 0x3000, 0x1f000][random.integer(4)]!;
  const codePoints = Array.from({ length: 1 + random.integer(3) }, () => from + random.integer(0x1000));
  return String.fromCodePoint(...codePoints);
}

function word(random: Random, length: number): string {
  const characters = Array.from(one(random, ALPHABETS));
  return Array.from({ length }, () => one(random, characters)).join('');
}

function one<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}
