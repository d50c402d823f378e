import { HomegrownError } from '../errors/homegrown-error.ts';
import { countOf, formatCount } from './quote-for-display.ts';
import type { SourceFormat } from './source-file.ts';
import type { SourceRow } from './source-row.ts';

/** How many of the rows looked at could not be read. */
export interface ReadableShare {
  rows: number;
  badLines: number;
  firstBad: Extract<SourceRow, { problem: unknown }> | null;
}

/** Throws `data/empty-file` without a row, `data/bad-lines` when most rows cannot be read: columns guessed then mean nothing. */
export function refuseUnreadable(
  { rows, badLines, firstBad }: ReadableShare,
  { file, format, columns }: { file: string; format: SourceFormat; columns: number },
): void {
  if (rows === 0) throw withoutRows(file, format === 'parquet' || columns > 0);
  if (firstBad === null || badLines <= rows / 2) return;
  const { expected, found, hint } = firstBad.problem;
  throw new HomegrownError({
    code: 'data/bad-lines',
    message:
      rows === 1
        ? 'the only line cannot be read'
        : `${formatCount(badLines)} of ${countOf(rows, 'line')} cannot be read; this is the first`,
    where: `${file}:${firstBad.line}`,
    expected,
    found,
    hint: hint ?? 'Correct the lines, or check that this is the right file.',
  });
}

function withoutRows(file: string, hasColumns: boolean): HomegrownError {
  return new HomegrownError({
    code: 'data/empty-file',
    message: 'the file has no rows',
    where: file,
    expected: 'at least one example',
    found: hasColumns ? 'nothing after the names of the columns' : 'nothing but blank lines',
    hint: 'Export it again.',
  });
}
