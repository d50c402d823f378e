import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { isRunning } from './is-running.ts';

export interface AtomicWriteOptions {
  /** Whether it must survive a power cut (default) or only the end of this process, which is much quicker. */
  durable?: boolean;
}

const TEMPORARY = /^\..+\.(\d+)-[0-9a-f]{8}\.tmp$/u;
const beingWritten = new Set<string>();

/** Writes a file whole or not at all: temporary name, fsync, rename. */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  { durable = true }: AtomicWriteOptions = {},
): Promise<void> {
  const temporary = temporaryNameFor(path);
  beingWritten.add(temporary);
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(content);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    if (durable) await syncDirectory(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailure(path, cause);
  } finally {
    beingWritten.delete(temporary);
  }
}

/** A name beside `path` that no reader takes for a finished file. */
export function temporaryNameFor(path: string): string {
  return join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`);
}

/** Removes what killed processes left half-written anywhere under a directory that nobody else is writing to. */
export async function sweepTemporaries(directory: string): Promise<void> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  for (const { name, parentPath } of entries) {
    if (TEMPORARY.test(name)) await rm(join(parentPath, name), { recursive: true, force: true });
  }
}

/** Removes what killed processes left half-written right in a directory to which others may be writing. */
export async function sweepAbandonedTemporaries(directory: string): Promise<void> {
  for (const name of await readdir(directory).catch(() => [] as string[])) {
    const pid = TEMPORARY.exec(name)?.[1];
    const path = join(directory, name);
    if (pid === undefined || beingWritten.has(path)) continue;
    if (Number(pid) === process.pid || !isRunning(Number(pid)))
      await rm(path, { recursive: true, force: true });
  }
}

/** Makes a rename in this directory survive a power cut. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The error for a failed write, with the next step for the causes users meet. */
export function writeFailure(path: string, cause: unknown): HomegrownError {
  if (cause instanceof HomegrownError) return cause;
  const code = systemCodeOf(cause);
  const hint =
    code === 'ENOSPC' || code === 'EDQUOT'
      ? 'Free some disk space and run the same command again; finished work is kept.'
      : code === 'EACCES' || code === 'EROFS' || code === 'EPERM'
        ? 'Make the directory writable for this user.'
        : undefined;
  const what = code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : messageOf(cause);
  return new HomegrownError({
    code: 'file/write-failed',
    message: `cannot write: ${what}`,
    where: path,
    hint,
    cause,
  });
}
