import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { writeFailure } from '../util/atomic-file.ts';
import { isRunning } from '../util/is-running.ts';

const NAME = /^\.build-([0-9a-f]{8})-(\d+)-([0-9a-f]{12})\.tmp$/u;
const ABANDONED_AFTER_MS = 24 * 3600 * 1000;
const activeNames = new Set<string>();

/** A temporary directory for one build, beside the versions so that a rename can put a version in its place. */
export async function createBuildDirectory(datasetsDir: string): Promise<string> {
  const name = `.build-${hostKey()}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
  activeNames.add(name);
  const directory = join(datasetsDir, name);
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    activeNames.delete(name);
    throw writeFailure(directory, error);
  }
  return directory;
}

/** Removes a build's directory and everything in it. */
export async function removeBuildDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 3 });
  activeNames.delete(directory.slice(directory.lastIndexOf('.build-')));
}

/** Removes what builds left behind whose process was killed. */
export async function sweepAbandonedBuilds(datasetsDir: string): Promise<void> {
  const names = await readdir(datasetsDir).catch(() => [] as string[]);
  for (const name of names) {
    const match = NAME.exec(name);
    if (match === null || activeNames.has(name)) continue;
    const path = join(datasetsDir, name);
    if (await isAbandoned(path, match[1]!, Number(match[2]))) {
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

async function isAbandoned(path: string, host: string, pid: number): Promise<boolean> {
  const found = await stat(path).catch(() => null);
  if (found === null) return false;
  if (Date.now() - found.mtimeMs > ABANDONED_AFTER_MS) return true;
  return host === hostKey() && (pid === process.pid || !isRunning(pid));
}

function hostKey(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
}
