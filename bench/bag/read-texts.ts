import { readFile } from 'node:fs/promises';
import type { LabelledText } from './labelled-text.ts';

/** Reads one prepared split into memory. */
export async function readTexts(path: string): Promise<LabelledText[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as LabelledText);
}
