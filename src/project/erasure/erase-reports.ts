import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { eraseFromReport } from '../../evaluate/report/erase-from-report.ts';
import type { Report } from '../../schema/report.ts';
import { finishedReport, writeReport } from '../reports.ts';
import type { Erasure } from './erasure.ts';

/** Takes samples of a subject's texts out of all reports, and says in them that their data set is no longer reproducible. */
export async function eraseFromReports(erasure: Erasure): Promise<void> {
  const { homegrownDirectory } = erasure.project;
  const root = join(homegrownDirectory, 'reports');
  for (const task of await namesIn(root)) {
    for (const run of await namesIn(join(root, task))) {
      const found = await finishedReport(homegrownDirectory, task, run);
      if (found !== null) await eraseFrom(erasure, { ...found, run });
    }
  }
}

async function eraseFrom(
  erasure: Erasure,
  { report, directory, run }: { report: Report; directory: string; run: string },
): Promise<void> {
  const { project, traces, dryRun } = erasure;
  const cleaned = eraseFromReport(report, {
    concerns: (shown) => traces.hasText(shown),
    quotes: (sample) => traces.quotes.isIn(Buffer.from(sample)),
    dataset: erasureOf(erasure, report),
  });
  if (cleaned === null) return;
  erasure.note({ kind: 'report', task: report.task, run, samples: cleaned.samples });
  if (dryRun) return;
  const file = join(directory, 'report.json');
  const { atime, mtime } = await stat(file);
  await writeReport(project.homegrownDirectory, cleaned.report);
  // The report that was written last is the one that is shown.
  await utimes(file, atime, mtime);
}

/** What this erasure did to the report's data set; null when nothing, or when the report says it already. */
function erasureOf(
  erasure: Erasure,
  { dataset, erased }: Report,
): NonNullable<Report['erased']>[number] | null {
  const at = erasure.pending.startedAt;
  const done = erasure.of('dataset').find(({ hash }) => hash === dataset.hash);
  if (done === undefined || erased?.some((entry) => entry.at === at) === true) return null;
  return { at, examples: done.examples, rewrittenAs: done.rewrittenAs };
}

async function namesIn(directory: string): Promise<string[]> {
  return await readdir(directory).catch(() => [] as string[]);
}
