import { withoutSamples } from '../../data/erasure/erase-from-version.ts';
import type { Report } from '../../schema/report.ts';

export interface EraseFromReportOptions {
  /** Whether an input, as the report shows it, is to go. */
  concerns(shown: string): boolean;
  /** Whether a sample of curation quotes such an input. */
  quotes(sample: string): boolean;
  /** Its data set, when examples of that were erased. */
  dataset: NonNullable<Report['erased']>[number] | null;
}

/** A report without samples of erased texts, which says that its data set is no longer reproducible; null when nothing changes. */
export function eraseFromReport(
  report: Report,
  { concerns, quotes, dataset }: EraseFromReportOptions,
): { report: Report; samples: number } | null {
  let samples = 0;
  const candidates = report.candidates.map((candidate) => {
    const errors = candidate.errors.filter(({ input }) => !concerns(input));
    samples += candidate.errors.length - errors.length;
    return { ...candidate, errors };
  });
  const quoted = report.dataset.curation.flatMap((finding) => finding.samples);
  if (samples === 0 && dataset === null && !quoted.some(quotes)) return null;
  samples += quoted.length;
  const erased = [...(report.erased ?? []), ...(dataset === null ? [] : [dataset])];
  return {
    samples,
    report: {
      ...report,
      candidates,
      dataset: withoutSamples(report.dataset),
      ...(erased.length === 0 ? {} : { erased }),
    },
  };
}
