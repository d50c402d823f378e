import { createHash } from 'node:crypto';

/** In UTF-16 code units: four such texts fit into one entry of a Postgres index (2,704 bytes). */
const LONGEST = 200;

/** Text as indexes hold it: what is longer becomes its beginning and a hash, so that equal texts stay equal. */
export function indexedText(text: string): string {
  if (text.length <= LONGEST) return text;
  return `${text.slice(0, 120).toWellFormed()}…${createHash('sha256').update(text).digest('hex')}`;
}

/** The same for what may be null. */
export function indexedTextOrNull(text: string | null): string | null {
  return text === null ? null : indexedText(text);
}
