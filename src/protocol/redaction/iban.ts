import { DIGIT, isKind, LETTER, WORD } from './character-kind.ts';
import type { Identifier } from './identifier.ts';

/** Length of an IBAN by country, from the registry of ISO 13616 and the countries that use its form. */
const LENGTHS = new Map(
  (
    'AD24 AE23 AL28 AO25 AT20 AX18 AZ28 BA20 BE16 BF28 BG22 BH22 BI27 BJ28 BL27 BR29 BY28 CF27 CG27 CH21 CI28 CM27 CR22 ' +
    'CV25 CY28 CZ24 DE22 DJ27 DK18 DO28 DZ26 EE20 EG29 ES24 FI18 FK18 FO18 FR27 GA27 GB22 GE22 GF27 GI23 GL18 GP27 GQ27 ' +
    'GR27 GT28 GW25 HN28 HR21 HU28 IE22 IL23 IQ23 IR26 IS26 IT27 JO30 KM27 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 ' +
    'MA28 MC27 MD24 ME22 MF27 MG27 MK19 ML28 MN20 MQ27 MR27 MT31 MU30 MZ25 NC27 NE28 NI28 NL18 NO15 OM23 PF27 PK24 PL28 ' +
    'PM27 PS29 PT25 QA29 RE27 RO24 RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SN28 SO23 ST25 SV28 TD27 TF27 TG28 TL23 ' +
    'TN24 TR26 UA29 VA22 VG24 WF27 XK20 YE30 YT27'
  )
    .split(' ')
    .map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
);

/** The IBAN that begins at a word's start, written together or in groups. */
export function ibanAt(text: string, start: number): Identifier | null {
  if (!isKind(text.charCodeAt(start + 2), DIGIT) || !isKind(text.charCodeAt(start + 3), DIGIT)) return null;
  const length = LENGTHS.get(text.slice(start, start + 2).toUpperCase());
  if (length === undefined) return null;
  let account = '';
  let end = start;
  while (account.length < length && end < text.length) {
    if (isKind(text.charCodeAt(end), LETTER | DIGIT)) account += text[end++];
    else if (isSeparator(text[end]!) && isKind(text.charCodeAt(end + 1), LETTER | DIGIT)) end++;
    else return null;
  }
  const isAlone = end >= text.length || !isKind(text.charCodeAt(end), WORD);
  return account.length === length && isAlone && hasCheckDigits(account.toUpperCase())
    ? { kind: 'iban', start, end }
    : null;
}

function isSeparator(character: string): boolean {
  return character === ' ' || character === '-' || character === '\u00A0';
}

/** ISO 7064, modulo 97 over the digits, with letters as 10 to 35. */
function hasCheckDigits(account: string): boolean {
  let remainder = 0;
  for (const character of account.slice(4) + account.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
