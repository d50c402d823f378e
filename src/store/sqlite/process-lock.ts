import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { writeFailure } from '../../util/atomic-file.ts';
import { loadSqlite } from './load-sqlite.ts';
import { isBusy } from './sqlite-error.ts';

/** A lock that the operating system releases when its holder ends, however it ends. */
export interface ProcessLock {
  release(): void;
}

/** Takes the lock named by a path, or throws `project/busy` at once when another process holds it. */
export async function acquireProcessLock(path: string, { holder }: { holder: string }): Promise<ProcessLock> {
  const { DatabaseSync } = await loadSqlite();
  try {
    mkdirSync(dirname(path), { recursive: true });
    const database = new DatabaseSync(path, { timeout: 0 });
    try {
      database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
      return { release: () => database.close() };
    } catch (cause) {
      database.close();
      throw cause;
    }
  } catch (cause) {
    if (!isBusy(cause)) throw writeFailure(path, cause);
    throw new HomegrownError({
      code: 'project/busy',
      message: `another ${holder} is at work in this project (${messageOf(cause)})`,
      where: path,
      hint: 'Wait until it ends, or stop it, and run the same command again.',
      cause,
    });
  }
}
