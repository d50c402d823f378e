import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { HomegrownError, systemCodeOf } from '../../errors/homegrown-error.ts';
import { rememberedCalls } from '../../upstream/call-cache.ts';
import { filesUnder } from '../../util/files-under.ts';
import { deleteStored } from './erase-stored.ts';
import type { Erasure } from './erasure.ts';

const SEGMENT = /\.journal$/u;
const JOURNAL_WAIT_MS = 30_000;
const JOURNAL_PAUSE_MS = 250;
/** Of others, large, and never written by Homegrown. */
const PASSED_OVER = new Set(['node_modules', '.git', '.venv']);

/** Removes remembered upstream calls that were sent a subject's texts, and those of earlier versions that do not say what they were sent. */
export async function forgetCachedCalls(erasure: Erasure): Promise<void> {
  const { traces } = erasure;
  for await (const { path, mentions } of rememberedCalls(join(homeOf(erasure), 'upstream-calls', 'calls'))) {
    if (mentions === null || mentions.some((mark) => traces.hasMention(mark))) {
      await remove(erasure, 'cached-call', path);
    }
  }
}

/**
 * Looks through every other file of `.homegrown`, byte by byte: what climbs and trainings, interrupted work and set-aside captures left
 * and still holds a trace is removed. Models, whose examples are known, and the database are not among them.
 */
export async function sweepFiles(erasure: Erasure): Promise<void> {
  const home = homeOf(erasure);
  const done = dealtWith(erasure);
  const enters = (path: string): boolean => !done.has(path) && !isKnown(relative(home, path).split(sep));
  for await (const path of filesUnder(home, enters)) {
    if (SEGMENT.test(path) || !(await holdsTrace(erasure, path))) continue;
    const [area] = relative(home, path).split(sep);
    if (area === 'runs') await remove(erasure, 'run-file', candidateAround(path) ?? path);
    else if (area === 'upstream-calls') await remove(erasure, 'cached-call', path);
    else await remove(erasure, 'temporary', path);
  }
}

/** What a dry run would write anew. */
function dealtWith(erasure: Erasure): Set<string> {
  const home = homeOf(erasure);
  if (!erasure.dryRun) return new Set();
  return new Set([
    ...erasure.of('dataset').map(({ hash }) => join(home, 'datasets', hash)),
    ...erasure.of('report').map(({ task, run }) => join(home, 'reports', task, run)),
    ...erasure.of('cached-call').map(({ path }) => join(home, path)),
  ]);
}

/** What is dealt with by itself: the database, notes of erasures, versions of models (but not what lies between them). */
function isKnown([area = '', _task, version = '']: readonly string[]): boolean {
  if (area === 'models') return /^\d+$/u.test(version);
  return area === 'erasures' || area.startsWith('store.db');
}

/** A file of a candidate cannot go alone: the folder would be damaged. */
function candidateAround(path: string): string | null {
  for (let at = path; dirname(at) !== at; at = dirname(at)) {
    if (basename(dirname(at)) === 'candidates') return at;
  }
  return null;
}

/**
 * Waits until the captured calls that are on their way into the store have arrived: a server that runs brings its journal there
 * within seconds and deletes it. Then they are deleted. Throws `erasure/journal-waiting`.
 */
export async function awaitJournals(erasure: Erasure): Promise<void> {
  if (erasure.dryRun) return;
  const until = performance.now() + JOURNAL_WAIT_MS;
  for (const segment of await segmentsWithTraces(erasure)) {
    while (existsSync(segment)) {
      if (performance.now() > until) throw journalWaits(segment);
      await pause(JOURNAL_PAUSE_MS);
    }
  }
  await erasure.collect();
  await deleteStored(erasure);
}

async function segmentsWithTraces(erasure: Erasure): Promise<string[]> {
  const found: string[] = [];
  for await (const path of filesUnder(join(homeOf(erasure), 'capture'))) {
    if (SEGMENT.test(path) && (await holdsTrace(erasure, path))) found.push(path);
  }
  return found;
}

/** Files of the project that are not Homegrown's and hold traces, relative to it. */
export async function findYours(erasure: Erasure): Promise<string[]> {
  const { directory } = erasure.project;
  const home = homeOf(erasure);
  const enters = (path: string): boolean => path !== home && !PASSED_OVER.has(basename(path));
  const found: string[] = [];
  for await (const path of filesUnder(directory, enters)) {
    if (await holdsTrace(erasure, path)) found.push(relative(directory, path).split(sep).join('/'));
  }
  return found;
}

function homeOf({ project }: Erasure): string {
  return project.homegrownDirectory;
}

/** A file that is gone or unreadable meanwhile holds nothing for us. */
async function holdsTrace({ traces }: Erasure, path: string): Promise<boolean> {
  return await traces.search.isInFile(path).catch((error: unknown) => {
    if (systemCodeOf(error) === 'ENOENT') return false;
    throw error;
  });
}

async function remove(
  erasure: Erasure,
  kind: 'cached-call' | 'run-file' | 'temporary',
  path: string,
): Promise<void> {
  erasure.note({ kind, path: relative(homeOf(erasure), path).split(sep).join('/') });
  if (!erasure.dryRun) await rm(path, { recursive: true, force: true });
}

function journalWaits(where: string): HomegrownError {
  return new HomegrownError({
    code: 'erasure/journal-waiting',
    message: 'captured calls of this subject wait on disk and do not get into the store',
    where,
    hint: 'Bring the store back (`/readyz` of the server says what is wrong), or start and stop a server once; then run the same command again.',
  });
}
