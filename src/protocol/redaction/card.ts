/** A run of digits with how many there are before it. */
export interface DigitGroup {
  readonly digits: string;
  readonly start: number;
  readonly end: number;
}

/** Beginnings and lengths that issuers use (ISO/IEC 7812 and the networks' own rules). */
const ISSUERS: readonly { prefix: RegExp; lengths: readonly number[] }[] = [
  { prefix: /^4/, lengths: [13, 16, 19] },
  { prefix: /^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, lengths: [16] },
  { prefix: /^3[47]/, lengths: [15] },
  { prefix: /^(?:30[0-5]|3095|36|38|39)/, lengths: [14, 16, 17, 18, 19] },
  { prefix: /^35(?:2[89]|[3-8])/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:6011|64[4-9]|65|62|60|81|82)/, lengths: [16, 17, 18, 19] },
  { prefix: /^(?:50|5[6-8]|6[379])/, lengths: [13, 14, 15, 16, 17, 18, 19] },
  { prefix: /^220[0-4]/, lengths: [16, 17, 18, 19] },
];

/** Card numbers are written in one piece, or in pieces of three digits and more. */
const LEAST_GROUP = 3;
const MOST_GROUPS = 6;

/** The longest stretch of groups that make a card number; null when none do. */
export function cardAmong(groups: readonly DigitGroup[]): { start: number; end: number } | null {
  for (let first = 0; first < groups.length; first++) {
    let digits = '';
    let found: { start: number; end: number } | null = null;
    const most = Math.min(groups.length, first + MOST_GROUPS);
    for (let last = first; last < most && groups[last]!.digits.length >= LEAST_GROUP; last++) {
      digits += groups[last]!.digits;
      if (isCardNumber(digits)) found = { start: groups[first]!.start, end: groups[last]!.end };
    }
    if (found !== null) return found;
  }
  return null;
}

/** Whether an issuer gives out such numbers and the check digit is right. */
export function isCardNumber(digits: string): boolean {
  return (
    digits.length >= 13 &&
    digits.length <= 19 &&
    hasLuhnDigit(digits) &&
    ISSUERS.some(({ prefix, lengths }) => lengths.includes(digits.length) && prefix.test(digits)) &&
    !/^(\d)\1+$/.test(digits)
  );
}

function hasLuhnDigit(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48;
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
