import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Connection } from './connection.ts';

/**
 * Leaves no byte of what was deleted in the database's files. Deleted cells are zeroed at once (`secure_delete`), but older
 * copies of their pages stay in the log until it is cut, and free space is given back only by writing the file anew.
 */
export function scrub(connection: Connection): void {
  emptyLog(connection);
  connection.direct('VACUUM');
  emptyLog(connection);
}

/** Moves the whole log into the database and cuts it to nothing; waits for readers as long as for any lock. */
function emptyLog(connection: Connection): void {
  const [result] = connection.direct('PRAGMA wal_checkpoint(TRUNCATE)');
  if (result?.['busy'] === 0) return;
  throw new HomegrownError({
    code: 'store/locked',
    message: 'another process reads the database, so that its log cannot be cut',
    where: connection.place,
    hint: 'What was deleted is gone from the answers but not yet from the files. Run this again when less is going on.',
  });
}
