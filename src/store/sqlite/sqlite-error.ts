import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';

/** Primary result codes, https://www.sqlite.org/rescode.html. */
const CODES = {
  busy: 5,
  locked: 6,
  readOnly: 8,
  inputOutput: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  constraint: 19,
  notADatabase: 26,
};

/** SQLite's primary result code of a thrown value, if it is SQLite's. */
function resultCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown) || typeof thrown.errcode !== 'number')
    return undefined;
  return thrown.errcode & 0xff;
}

/** Whether another process holds the database just now. */
export function isBusy(thrown: unknown): boolean {
  const code = resultCodeOf(thrown);
  return code === CODES.busy || code === CODES.locked;
}

/** Whether a uniqueness or foreign-key rule of the schema refused a write. */
export function isConstraint(thrown: unknown): boolean {
  return resultCodeOf(thrown) === CODES.constraint;
}

/** The user's error for whatever SQLite threw while working on the database at `path`. */
export function storeErrorOf(path: string, cause: unknown): unknown {
  if (cause instanceof HomegrownError) return cause;
  const facts = { where: path, cause };
  switch (resultCodeOf(cause)) {
    case undefined:
      return cause;
    case CODES.busy:
    case CODES.locked:
      return new HomegrownError({
        ...facts,
        code: 'store/locked',
        message: 'another process keeps the database locked',
        hint: 'Wait for the other homegrown command to end (or stop it), then run this one again.',
      });
    case CODES.corrupt:
    case CODES.notADatabase:
      return corrupt(path, cause);
    case CODES.full:
      return new HomegrownError({
        ...facts,
        code: 'store/disk-full',
        message: 'cannot write: the disk is full',
        hint: 'Free some disk space and run the same command again; what was stored before is kept.',
      });
    case CODES.inputOutput:
      return new HomegrownError({
        ...facts,
        code: 'store/io-failed',
        message: 'cannot read or write the database: the disk is full, or it fails',
        found: messageOf(cause),
        hint: 'Free some disk space and run the same command again; what was stored before is kept. If there is space, look at the disk.',
      });
    case CODES.readOnly:
    case CODES.cannotOpen:
      return new HomegrownError({
        ...facts,
        code: 'store/not-writable',
        message: `cannot open the database for writing: ${messageOf(cause)}`,
        hint: 'Make the file and its directory readable and writable for this user, on a disk with free space.',
      });
    default:
      return new HomegrownError({ ...facts, code: 'store/failed', message: messageOf(cause) });
  }
}

/** The error for a file that SQLite cannot read as a database. */
export function corrupt(path: string, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'store/corrupt',
    message: 'the database is damaged',
    where: path,
    expected: 'a SQLite database',
    found: messageOf(cause),
    hint: 'Put back a copy of the file, or move it away: model folders stay where they are, and `homegrown climb` registers them anew.',
    cause,
  });
}
