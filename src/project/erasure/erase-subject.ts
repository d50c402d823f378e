import { join } from 'node:path';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { type ErasureRecord, type ErasureSubject, erasureSubjectSchema } from '../../schema/erasure.ts';
import { acquireProcessLock, type ProcessLock } from '../../store/sqlite/process-lock.ts';
import type { Project } from '../project.ts';
import { drainAbandonedJournals } from './drain-journals.ts';
import { eraseFromDatasets } from './erase-datasets.ts';
import { eraseFromModels, modelsTrainedOn } from './erase-models.ts';
import { eraseFromReports } from './erase-reports.ts';
import { deleteStored, scrubStore } from './erase-stored.ts';
import { Erasure } from './erasure.ts';
import { ErasureFolder, type PendingErasure } from './erasure-work.ts';
import { awaitJournals, findYours, forgetCachedCalls, sweepFiles } from './sweep.ts';

export interface EraseOptions {
  subject: ErasureSubject;
  /** Who asks, for the record. */
  by: string;
  /** Only say what would be done. */
  dryRun?: boolean;
  /** Brings captured calls that this process still holds into the store. */
  flush?(): Promise<void>;
  progress?(message: string): void;
}

/**
 * Erases everything that a user's or a group's calls left: captures, feedback, examples in data sets and models, remembered upstream
 * calls, samples in reports, leftovers. Killed, it is gone on with by the same wish, `resumeErasures` or a server. Throws `project/busy`
 * while a climb is at work; the wish is kept.
 */
export async function eraseSubject(project: Project, options: EraseOptions): Promise<ErasureRecord> {
  const { by, dryRun = false } = options;
  const subject = checked(options.subject);
  const folder = new ErasureFolder(project.homegrownDirectory);
  if (dryRun) {
    const startedAt = new Date().toISOString();
    return run(project, { format: 1, id: 'era_dry_run', subject, by, startedAt }, { ...options, folder });
  }
  return finish(project, await folder.begin({ subject, by }), { ...options, folder });
}

function checked(subject: ErasureSubject): ErasureSubject {
  const parsed = erasureSubjectSchema.safeParse(subject);
  if (parsed.success) return parsed.data;
  throw new HomegrownError({
    code: 'erasure/no-subject',
    kind: 'usage',
    message: 'this names nobody whose traces could be erased',
    expected: "{ kind: 'user' or 'group', id: a text of 1 to 1,000 characters }",
    found: JSON.stringify(subject),
  });
}

/** Goes on with what was asked for and is not finished. */
export async function resumeErasures(
  project: Project,
  options: Pick<EraseOptions, 'flush' | 'progress'> = {},
): Promise<ErasureRecord[]> {
  const folder = new ErasureFolder(project.homegrownDirectory);
  const records: ErasureRecord[] = [];
  for (const pending of await folder.pending())
    records.push(await finish(project, pending, { ...options, folder }));
  return records;
}

type Surroundings = Pick<EraseOptions, 'flush' | 'progress' | 'dryRun'> & { folder: ErasureFolder };

async function finish(
  project: Project,
  pending: PendingErasure,
  surroundings: Surroundings,
): Promise<ErasureRecord> {
  const locks = await takeLocks(project);
  try {
    const record = await run(project, pending, surroundings);
    await project.store.erasures.add(record);
    await surroundings.folder.finish(record);
    return record;
  } finally {
    for (const lock of locks) lock.release();
  }
}

/** A climb reads examples for hours: none may be at work. */
async function takeLocks({ homegrownDirectory }: Project): Promise<ProcessLock[]> {
  const erasing = await acquireProcessLock(join(homegrownDirectory, 'erasures', 'lock'), {
    holder: 'erasure',
  });
  try {
    return [erasing, await acquireProcessLock(join(homegrownDirectory, 'climb.lock'), { holder: 'climb' })];
  } catch (error) {
    erasing.release();
    throw error;
  }
}

async function run(
  project: Project,
  pending: PendingErasure,
  { folder, dryRun = false, flush, progress }: Surroundings,
): Promise<ErasureRecord> {
  const erasure = new Erasure(project, pending, { folder, dryRun });
  try {
    progress?.('reading captured calls');
    await erasure.recall();
    await flush?.();
    if (!dryRun) await drainAbandonedJournals(project);
    await erasure.collect();
    await deleteStored(erasure);
    progress?.('rewriting data sets');
    await eraseFromDatasets(erasure);
    progress?.('looking through models, reports and what climbs left');
    await forgetCachedCalls(erasure);
    await eraseFromModels(erasure);
    await eraseFromReports(erasure);
    await sweepFiles(erasure);
    await awaitJournals(erasure);
    await scrubStore(erasure);
    const yours = await findYours(erasure);
    return await erasure.record({ trainedOn: await modelsTrainedOn(erasure), yours });
  } finally {
    erasure.close();
  }
}
