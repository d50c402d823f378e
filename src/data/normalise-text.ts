import { hash } from 'node:crypto';

/** Text without what is trivial: NFKC, lower case, runs of white space as one space, none at the ends. */
export function normaliseText(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim();
}

/** The group of an input whose source names none: trivial variants of one text share it and so stay in one split. */
export function groupOfInput(input: string): string {
  return `input:${hash('sha256', normaliseText(input), 'hex').slice(0, 16)}`;
}

/** An example's identity: the first 16 hexadecimal digits of the SHA-256 of its input. */
export function exampleId(input: string): string {
  return hash('sha256', input, 'hex').slice(0, 16);
}
