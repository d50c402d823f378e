import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { HomegrownError, systemCodeOf } from '../../errors/homegrown-error.ts';
import { writeFailure } from '../../util/atomic-file.ts';
import { loadSqlite } from './load-sqlite.ts';
import { MIGRATIONS } from './migrations.ts';
import { isBusy, storeErrorOf } from './sqlite-error.ts';

/** "HGRN" in ASCII: marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id). */
const APPLICATION_ID = 0x4847524e;
const WAL_ATTEMPTS = 200;
/**
 * A commit is on the disk; deleted contents are zeroed; 16 MiB of pages are kept in memory; the log is moved into the database
 * every 32 MiB instead of every 4, because inserts touch many pages of indexes again and again.
 */
const SETTINGS = `
  PRAGMA synchronous = FULL;
  PRAGMA secure_delete = ON;
  PRAGMA cache_size = -16384;
  PRAGMA wal_autocheckpoint = 8192;
  PRAGMA journal_size_limit = 67108864`;

/** Opens (or makes) the database at `path`, in WAL mode and with the newest schema. Throws `store/…`. */
export async function openDatabase(
  path: string,
  { busyTimeoutMs }: { busyTimeoutMs: number },
): Promise<DatabaseSync> {
  await makeDirectory(path);
  await makeFile(path);
  const { DatabaseSync: Database } = await loadSqlite();
  let database: DatabaseSync | undefined;
  try {
    database = new Database(path, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    checkOrigin(database, path);
    await switchToWal(database, busyTimeoutMs);
    database.exec(SETTINGS);
    migrate(database, path);
    return database;
  } catch (cause) {
    database?.close();
    throw storeErrorOf(path, cause);
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
  } catch (cause) {
    throw writeFailure(dirname(path), cause);
  }
}

/** What users said is its owner's to read. SQLite gives the files beside it the same permissions. */
async function makeFile(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600).catch((cause: unknown) => {
    // There already, or not to be made here: SQLite says which.
    if (systemCodeOf(cause) !== undefined) return null;
    throw cause;
  });
  await file?.close();
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
}

function checkOrigin(database: DatabaseSync, path: string): void {
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get();
  const isEmpty = tables?.['count'] === 0;
  if (!isEmpty && pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new HomegrownError({
      code: 'store/foreign',
      message: 'this database was not made by Homegrown',
      where: path,
      hint: 'Move the file away; Homegrown makes its own.',
    });
  }
  checkVersion(database, path);
}

function checkVersion(database: DatabaseSync, path: string): void {
  const version = pragma(database, 'user_version');
  if (version <= MIGRATIONS.length) return;
  throw new HomegrownError({
    code: 'store/newer',
    message: 'the database was written by a newer Homegrown',
    where: path,
    expected: `schema version ${MIGRATIONS.length} or older`,
    found: `version ${version}`,
    hint: 'Update the homegrown package of this project.',
  });
}

/** The switch needs the file alone for a moment, and SQLite's own busy handler is not asked then. */
async function switchToWal(database: DatabaseSync, busyTimeoutMs: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (cause) {
      if (!isBusy(cause) || attempt >= WAL_ATTEMPTS) throw cause;
      await new Promise((resolve) => setTimeout(resolve, busyTimeoutMs / WAL_ATTEMPTS));
    }
  }
}

function migrate(database: DatabaseSync, path: string): void {
  if (pragma(database, 'user_version') === MIGRATIONS.length) return;
  database.exec('BEGIN IMMEDIATE');
  try {
    checkVersion(database, path);
    for (const sql of MIGRATIONS.slice(pragma(database, 'user_version'))) database.exec(sql);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    database.exec('COMMIT');
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}
