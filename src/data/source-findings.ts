import type { CurationFinding } from '../schema/dataset-manifest.ts';
import type { Ingested } from './ingest-sources.ts';
import { countOf } from './quote-for-display.ts';

/** What reading found: bad lines always; mended text, missing groups and empty files when there are any. */
export function sourceFindings({
  badLines,
  rowsRead,
  rowsKept,
  parser,
  emptyFiles,
  findings: ofSources,
}: Ingested): CurationFinding[] {
  const findings = [badLines.toFinding(rowsRead)];
  if (emptyFiles.length > 0) {
    findings.push(
      noted(
        'empty-files',
        emptyFiles.length,
        `${countOf(emptyFiles.length, 'file')} without rows, left out.`,
        emptyFiles,
      ),
    );
  }
  if (parser.mendedRows > 0) {
    const message = `${countOf(parser.mendedRows, 'row')} with half a surrogate pair, which is no character: replaced by "\uFFFD".`;
    findings.push(noted('broken-characters', parser.mendedRows, message, []));
  }
  if (parser.usedParts.has('group') && parser.rowsWithoutGroup > 0) {
    const message = `${countOf(parser.rowsWithoutGroup, 'row')} of ${countOf(rowsKept, 'row')} without a group: each is a group of its own.`;
    findings.push(noted('missing-groups', parser.rowsWithoutGroup, message, []));
  }
  return [...findings, ...ofSources];
}

function noted(check: string, count: number, message: string, samples: readonly string[]): CurationFinding {
  return { check, count, removed: 0, severity: 'note', message, samples: samples.slice(0, 10) };
}
