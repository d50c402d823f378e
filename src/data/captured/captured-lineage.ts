import type { CandidateManifest } from '../../schema/candidate-manifest.ts';
import type { DatasetManifest } from '../../schema/dataset-manifest.ts';
import type { RedactionRecord } from '../../schema/redaction-record.ts';

/** What a model of a data set must remember of the captured calls in it; undefined when there are none. */
export function capturedLineageOf({ sources }: DatasetManifest): CandidateManifest['lineage']['captured'] {
  const captured = sources.filter((source) => source.format === 'captured');
  if (captured.length === 0) return undefined;
  return {
    unreviewedLabels: captured.reduce((sum, { labels }) => sum + (labels.unreviewed ?? 0), 0),
    redaction: captured.map(({ redaction }) => redaction).reduce(together, null),
  };
}

function together(a: RedactionRecord | null, b: RedactionRecord | null): RedactionRecord | null {
  if (a === null || b === null) return a ?? b;
  return {
    kinds: [...new Set([...a.kinds, ...b.kinds])].toSorted(),
    ownFunction: a.ownFunction || b.ownFunction,
  };
}
