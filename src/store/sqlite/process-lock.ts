import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';

/** A lock that the operating system releases when its holder ends, however it ends. */
export interface ProcessLock {
  release(): void;
}

/** Takes the lock named by a path, or throws `project/busy` at once when another process holds it. */
export function acquireProcessLock(path: string, { holder }: { holder: string }): ProcessLock {
  mkdirSync(dirname(path), { recursive: true });
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new HomegrownError({
      code: 'project/busy',
      message: /locked|busy/i.test(messageOf(cause))
        ? `another ${holder} is at work in this project`
        : messageOf(cause),
      where: path,
      hint: `Wait until it ends, or stop it, and run the same command again.`,
      cause,
    });
  }
  return { release: () => database.close() };
}
