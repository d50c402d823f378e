import { readRanges } from './read-ranges.ts';
import { NOT_COMBINING_RANGES } from './unicode-ranges.ts';

/** What happens to a text before it is cut: nothing, composition (Unicode NFC), or composition and lower case. */
export const NORMALISERS = ['none', 'nfc', 'lowercase'] as const;
export type NormaliserName = (typeof NORMALISERS)[number];

/** The function of a normaliser. */
export function normaliserOf(name: NormaliserName): (text: string) => string {
  if (name === 'none') return (text) => text;
  if (name === 'nfc') return composed;
  return (text) => lowerCased(composed(text));
}

const NOT_COMBINING = new RegExp(
  `([${readRanges(NOT_COMBINING_RANGES)
    .map(({ from, to }) => `\\u{${from.toString(16)}}-\\u{${(to - 1).toString(16)}}`)
    .join('')}])`,
  'u',
);

/** NFC with the characters Hugging Face's knows: newer marks stay where they are, and nothing combines across them. */
function composed(text: string): string {
  if (!NOT_COMBINING.test(text)) return text.normalize('NFC');
  return text
    .split(NOT_COMBINING)
    .map((part) => part.normalize('NFC'))
    .join('');
}

// Letters of Unicode 17, which Node 22 does not know, with how far they are from their small ones.
const NEWEST_CAPITALS = /[\u{a7ce}\u{a7d2}\u{a7d4}\u{16ea0}-\u{16eb8}]/gu;
const NEWEST_DISTANCE = { basic: 1, supplementary: 27 };

/** Character by character, as Hugging Face does it: a capital sigma at the end of a word is like any other. */
function lowerCased(text: string): string {
  const known = text.replace(NEWEST_CAPITALS, smallLetter);
  if (!known.includes('Σ')) return known.toLowerCase();
  return known
    .split('Σ')
    .map((part) => part.toLowerCase())
    .join('σ');
}

function smallLetter(capital: string): string {
  const distance = capital.length === 1 ? NEWEST_DISTANCE.basic : NEWEST_DISTANCE.supplementary;
  return String.fromCodePoint(capital.codePointAt(0)! + distance);
}
