import type { Split } from '../schema/split.ts';
import type { CallOrigin } from './source-row.ts';

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
  /** null: a line of a file. */
  readonly call: CallOrigin | null;
}

/** Whether a human stands behind its output. */
export function isReviewed({ call }: StoredRow): boolean {
  return call?.label !== 'unreviewed';
}

/** One line of text, to be spilled. */
export function encodeRow(row: StoredRow): string {
  const { id, input, output, group, split, time, weight, source, line, call } = row;
  const place = call === null ? [] : [call.inference, call.label];
  return JSON.stringify([id, input, output, group, split, time, weight, source, line, ...place]);
}

/** The row that `encodeRow` wrote. */
export function decodeRow(text: string): StoredRow {
  const [id, input, output, group, split, time, weight, source, line, inference, label] = JSON.parse(
    text,
  ) as [
    string,
    string,
    string,
    string,
    Split,
    string | null,
    number,
    number,
    number,
    string | undefined,
    CallOrigin['label'] | undefined,
  ];
  const call = inference === undefined || label === undefined ? null : { inference, label };
  return { id, input, output, group, split, time, weight, source, line, call };
}
