import type { DigitGroup } from './card.ts';

/** Calling codes of countries (ITU-T E.164). */
const CALLING_CODES = new Set(
  (
    '1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 ' +
    '92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234 235 236 237 238 239 240 ' +
    '241 242 243 244 245 246 247 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264 265 266 267 268 269 290 291 ' +
    '297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378 380 381 382 383 385 386 387 389 ' +
    '420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595 596 597 598 599 670 672 673 674 675 676 677 ' +
    '678 679 680 681 682 683 685 686 687 688 689 690 691 692 800 808 850 852 853 855 856 870 878 880 881 882 883 886 888 960 ' +
    '961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 979 992 993 994 995 996 998'
  ).split(' '),
);

const FILLERS = String.raw`\s*(?:(?:number|nummer|numéro|número|numero|no|nr|is|ist|at|on|unter|me|us|him|her|them|my|to)\b|[:.#=-])?`;
/** What stands before a number that is called. */
const CALLED = new RegExp(
  String.raw`(?:\b(?:telephone|telefon|phone|tel|mobile?|cell(?:phone)?|handy|fax|call(?:ed|ing)?|dial|sms|text (?:me|us|him|her|them)|whats?app|viber|hotline|móvil|teléfono|téléphone|tél|portable|cellulare|telefono)|☎️?|📞|\b[tmp][:.])(?:${FILLERS}){4}\s*$`,
  'iu',
);
/** What stands before a number of another kind. */
const COUNTED = new RegExp(
  String.raw`(?:\b(?:isbn|issn|ean|upc|gtin|sku|imei|iban|bic|order|invoice|rechnung|bestellung|auftrag|facture|ticket|case|reference|ref|ids?|serial|version|build|part|article|artikel|doi|pmid|tracking|account|konto|customer|vat|tax|no|nr|line|page|row)(?:${FILLERS}){4}|[#§$€£¥])\s*$`,
  'iu',
);
/** Names of fields that hold phone numbers. */
const FIELD =
  /(?:phone|mobile|telephone|telefon|handy|fax|whatsapp|msisdn|(?:^|[^a-z])(?:tel|cell|mobil|sms))(?:[^a-z]*(?:number|nummer|no|nr))?[^a-z]*$/i;

/** Whether a field of this name holds phone numbers. */
export function isPhoneField(name: string): boolean {
  return name.length <= 64 && FIELD.test(name);
}
/** `(11) 96123-4567`. */
const AREA_IN_BRACKETS = /^\(\d{2,5}\) ?\d{3,5}[ -]?\d{3,4}$/;
const MOST_CONTEXT = 32;

/** What the words before a number say of it. */
export type NumberContext = 'called' | 'counted' | null;

export function contextOf(before: string): NumberContext {
  const context = before.slice(-MOST_CONTEXT);
  if (CALLED.test(context)) return 'called';
  return COUNTED.test(context) ? 'counted' : null;
}

/** Groups of digits, and how they are written from the first sign to the last digit. */
export interface WrittenNumber {
  readonly groups: readonly DigitGroup[];
  readonly written: string;
}

/** Whether a number is one that can be called: by its form, or because the words before it say so. */
export function isPhoneNumber({ groups, written }: WrittenNumber, context: NumberContext): boolean {
  const digits = groups.map((group) => group.digits).join('');
  if (digits.length < 7 || digits.length > 15) return false;
  if (written.startsWith('+') || written.startsWith('(+')) return hasCallingCode(digits);
  const lengths = groups.map((group) => group.digits.length);
  if (isDateOrAddress(lengths, written)) return false;
  if (context !== null) return context === 'called';
  if (digits.startsWith('00')) return digits.length >= 10 && hasCallingCode(digits.slice(2));
  return (
    isNorthAmerican(digits, lengths) || isNational(digits, lengths, written) || AREA_IN_BRACKETS.test(written)
  );
}

function hasCallingCode(digits: string): boolean {
  return [1, 2, 3].some((length) => CALLING_CODES.has(digits.slice(0, length)));
}

/** `2024-01-31`, `31.01.2024 10`, `192.168.100.1`. */
function isDateOrAddress(lengths: readonly number[], written: string): boolean {
  const [first, second, third, fourth] = lengths;
  if (/^\d{4}[-./]\d{1,2}[-./]\d{1,2}(?!\d)/.test(written)) return true;
  if (/^\d{1,2}[-./]\d{1,2}[-./](?:\d{4}|\d{2})(?![\d])/.test(written) && first! <= 2 && second! <= 2)
    return third === 4 || fourth === undefined || written.charAt(8) === ' ';
  return lengths.length === 4 && /^\d{1,3}(?:\.\d{1,3}){3}$/.test(written);
}

/** `(212) 555-0123`, `1-212-555-0123`: area and exchange begin with 2 to 9, and no area has a 9 in the middle. */
function isNorthAmerican(digits: string, lengths: readonly number[]): boolean {
  const form = lengths.join('-');
  if (form !== '3-3-4' && form !== '1-3-3-4') return false;
  return /^1?[2-9][0-8]\d[2-9]\d{6}$/.test(digits);
}

/** With the 0 that is dialled before an area within most countries: `030 1234567`, `(0151) 23456789`, `06 12 34 56 78`. */
function isNational(digits: string, lengths: readonly number[], written: string): boolean {
  if (!/^0[1-9]/.test(digits) || digits.length < 9 || digits.length > 12) return false;
  if (lengths.length === 1) return digits.length <= 11 && !isIsbn(digits);
  return lengths[0]! >= 2 && lengths[0]! <= 6 && !/^\d+\.\d+$/.test(written);
}

/** Ten-digit numbers of books often begin with 0 and carry a check digit. */
function isIsbn(digits: string): boolean {
  if (digits.length !== 10) return false;
  let sum = 0;
  for (let index = 0; index < 10; index++) sum += (10 - index) * (digits.charCodeAt(index) - 48);
  return sum % 11 === 0;
}
