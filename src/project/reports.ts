import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { renderReportPage } from '../evaluate/report/render-report-page.ts';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { type Report, reportSchema } from '../schema/report.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';

const REPORT = 'report.json';

function directoryOf(homegrownDirectory: string, task: string, run: string): string {
  return join(homegrownDirectory, 'reports', task, run);
}

/** Writes `report.json` and the page `report.html` of a finished climb; returns their directory. */
export async function writeReport(homegrownDirectory: string, report: Report): Promise<string> {
  const directory = directoryOf(homegrownDirectory, report.task, report.run);
  await writeFileAtomic(join(directory, 'report.html'), renderReportPage(report));
  await writeFileAtomic(join(directory, REPORT), `${JSON.stringify(report, null, 2)}\n`);
  return directory;
}

/** Removes the report of one run, if there is one. */
export async function removeReport(homegrownDirectory: string, task: string, run: string): Promise<void> {
  await rm(directoryOf(homegrownDirectory, task, run), { recursive: true, force: true });
}

/** The report of one run, or null when that climb has not finished. */
export async function finishedReport(
  homegrownDirectory: string,
  task: string,
  run: string,
): Promise<{ report: Report; directory: string } | null> {
  const directory = directoryOf(homegrownDirectory, task, run);
  const text = await readFile(join(directory, REPORT), 'utf8').catch(() => null);
  return text === null ? null : { report: parseReport(text, join(directory, REPORT)), directory };
}

/** The report that was written last for a task. Throws `report/none`. */
export async function latestReport(
  homegrownDirectory: string,
  task: string,
): Promise<{ report: Report; directory: string }> {
  const runs = await readdir(join(homegrownDirectory, 'reports', task)).catch(() => []);
  const dated = await Promise.all(
    runs.map(async (run) => {
      const file = join(directoryOf(homegrownDirectory, task, run), REPORT);
      return {
        run,
        at: await stat(file).then(
          (found) => found.mtimeMs,
          () => 0,
        ),
      };
    }),
  );
  const latest = dated.filter(({ at }) => at > 0).toSorted((a, b) => b.at - a.at)[0];
  const found = latest === undefined ? null : await finishedReport(homegrownDirectory, task, latest.run);
  if (found !== null) return found;
  throw new HomegrownError({
    code: 'report/none',
    message: `no climb of "${task}" has finished yet`,
    kind: 'refused',
    hint: `Run \`homegrown climb ${task}\`.`,
  });
}

function parseReport(text: string, where: string): Report {
  try {
    return reportSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HomegrownError({
      code: 'report/damaged',
      message: `is not a report: ${messageOf(cause)}`,
      where,
      hint: 'Run `homegrown climb` to write it again.',
      cause,
    });
  }
}
