import type { Split } from '../schema/split.ts';

/** A labelled row on its way through curation, with its place in the sources. */
export interface StoredRow {
  readonly id: string;
  readonly input: string;
  readonly output: string;
  readonly group: string;
  readonly split: Split;
  readonly time: string | null;
  readonly weight: number;
  /** Index into the sources, which are sorted by name. */
  readonly source: number;
  readonly line: number;
}

/** One line of text, to be spilled. */
export function encodeRow(row: StoredRow): string {
  const { id, input, output, group, split, time, weight, source, line } = row;
  return JSON.stringify([id, input, output, group, split, time, weight, source, line]);
}

/** The row that `encodeRow` wrote. */
export function decodeRow(text: string): StoredRow {
  const [id, input, output, group, split, time, weight, source, line] = JSON.parse(text) as [
    string,
    string,
    string,
    string,
    Split,
    string | null,
    number,
    number,
    number,
  ];
  return { id, input, output, group, split, time, weight, source, line };
}
