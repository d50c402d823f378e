import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import { writeFailure } from '../util/atomic-file.ts';
import { isRunning } from '../util/is-running.ts';

/** A holder on another machine (or in another container) is told by the age of its lock. */
const REFRESH_MS = 10_000;
const ABANDONED_AFTER_MS = 60_000;

/** Locks held by this very process. */
const held = new Set<string>();

/** Keeps a second process from training in the same folder; a lock whose process has ended does not count. */
export interface RunLock {
  release(): void;
}

/** Takes the lock at a path, or throws `train/busy` when another training holds it. */
export function acquireRunLock(path: string): RunLock {
  if (held.has(path) || holderOf(path) !== null) throw busy(path);
  rmSync(path, { force: true });
  try {
    writeFileSync(path, identityOf(process.pid), { flag: 'wx' });
  } catch (cause) {
    throw systemCodeOf(cause) === 'EEXIST' ? busy(path) : writeFailure(path, cause);
  }
  held.add(path);
  const timer = setInterval(() => refresh(path), REFRESH_MS).unref();
  return {
    release() {
      clearInterval(timer);
      held.delete(path);
      rmSync(path, { force: true });
    },
  };
}

/** Whether a training is at work under this lock. */
export function isLocked(path: string): boolean {
  return held.has(path) || holderOf(path) !== null;
}

/** The number of the living process, other than this one, that wrote the lock; null when there is none. */
function holderOf(path: string): number | null {
  const text = textOf(path);
  const pid = Number(text?.split(' ')[0] ?? Number.NaN);
  if (text === null || !Number.isInteger(pid) || pid <= 0) return null;
  if (text.split(' ')[2] !== hostname()) return ageMs(path) < ABANDONED_AFTER_MS ? pid : null;
  return pid !== process.pid && isRunning(pid) && text === identityOf(pid) ? pid : null;
}

/** A process number alone may be given to another process later; with its start it is never the same again. */
function identityOf(pid: number): string {
  return `${pid} ${startOf(pid)} ${hostname()}`;
}

/** Clock ticks from the machine's start to the process's, on Linux (proc(5), field 22 of `stat`); elsewhere 0. */
function startOf(pid: number): string {
  const stat = textOf(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0';
}

function refresh(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // Somebody removed it, as the error about it says one may.
  }
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return Infinity;
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

function busy(path: string): HomegrownError {
  return new HomegrownError({
    code: 'train/busy',
    message: 'this run is being trained already',
    where: path,
    hint: 'Wait until that ends, or stop it. If no training is at work, delete this file.',
  });
}
