import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { writeFailure } from '../../util/atomic-file.ts';
import { acquireProcessLock, type ProcessLock } from '../sqlite/process-lock.ts';

const SEGMENT = /^(\d{10})\.journal$/;
const MOST_PROCESSES = 64;

/** A journal that belongs to this process alone, until `release`. */
export interface OwnJournal {
  readonly directory: string;
  release(): void;
}

/** Name of a segment's file; segments are numbered from 1. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(10, '0')}.journal`;
}

/** The numbers of the segments in a directory, in order. */
export function listSegments(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(SEGMENT.exec(name)?.[1] ?? Number.NaN))
    .filter((number) => !Number.isNaN(number))
    .toSorted((a, b) => a - b);
}

/** Bytes in the segments of a directory. */
export function segmentBytes(directory: string, segments: readonly number[]): number {
  return segments.reduce((sum, segment) => sum + statSync(join(directory, segmentName(segment))).size, 0);
}

/**
 * Takes the first directory under `root` that no other process has, and moves in what processes that are gone left in others.
 * Throws `capture/too-many`, `file/write-failed`.
 */
export async function openOwnJournal(root: string): Promise<OwnJournal> {
  const own = await takeDirectory(root);
  try {
    await adoptAbandoned(root, own.directory);
    return own;
  } catch (cause) {
    own.release();
    throw cause;
  }
}

async function takeDirectory(root: string): Promise<OwnJournal> {
  for (let number = 1; number <= MOST_PROCESSES; number++) {
    const directory = join(root, String(number));
    const lock = await tryLock(directory);
    if (lock !== null) return { directory, release: () => lock.release() };
  }
  throw new HomegrownError({
    code: 'capture/too-many',
    message: `${MOST_PROCESSES} processes keep calls here already`,
    where: root,
    hint: 'Stop some of them, or give each its own project directory.',
  });
}

async function tryLock(directory: string): Promise<ProcessLock | null> {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw writeFailure(directory, cause);
  }
  return acquireProcessLock(join(directory, 'lock'), { holder: 'server' }).catch((error: unknown) => {
    if (error instanceof HomegrownError && error.code === 'project/busy') return null;
    throw error;
  });
}

/** Segments of processes that are gone become ours, in their order. The directory stays: another process may be about to lock it. */
async function adoptAbandoned(root: string, own: string): Promise<void> {
  const others = readdirSync(root).filter((name) => /^\d+$/.test(name) && join(root, name) !== own);
  for (const name of others.toSorted((a, b) => Number(a) - Number(b))) {
    const directory = join(root, name);
    const lock = await tryLock(directory);
    if (lock === null) continue;
    try {
      moveSegments(directory, own);
    } finally {
      lock.release();
    }
  }
}

function moveSegments(from: string, to: string): void {
  let next = (listSegments(to).at(-1) ?? 0) + 1;
  for (const segment of listSegments(from)) {
    renameSync(join(from, segmentName(segment)), join(to, segmentName(next++)));
  }
}
