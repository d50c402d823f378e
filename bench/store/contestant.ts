import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import type { Store } from '../../src/store/store.ts';
import { startPostgres } from '../../test/support/postgres/start-postgres.ts';

/** A store that is measured. */
export interface Contestant {
  readonly name: string;
  /** A new connection to the same data. */
  open(): Promise<Store>;
  /** What its owner would do after a large import, and once in a while: nothing, or fresh statistics. */
  settle(): Promise<void>;
  /** Bytes on disk, by table or file. */
  sizes(): Promise<Record<string, number>>;
  dispose(): Promise<void>;
}

export async function sqliteContestant(): Promise<Contestant> {
  const directory = await mkdtemp(join(tmpdir(), 'hg-bench-store-'));
  const path = join(directory, 'store.db');
  return {
    name: 'SQLite',
    open: () => openSqliteStore(path),
    settle: async () => undefined,
    sizes: async () => {
      const files = await readdir(directory);
      const entries = files.map(async (file) => [file, (await stat(join(directory, file))).size] as const);
      return Object.fromEntries(await Promise.all(entries));
    },
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
}

export async function postgresContestant(): Promise<Contestant> {
  // As Debian's package sets it up, commits flushed to the disk.
  const server = await startPostgres({ fsync: true });
  const url = await server.createDatabase();
  return {
    name: 'Postgres',
    open: () => openPostgresStore(url),
    settle: async () => void (await server.query('VACUUM ANALYZE', url)),
    sizes: async () => {
      const rows = await server.query(
        `SELECT relname AS name, pg_total_relation_size(oid)::float8 AS bytes FROM pg_class
         WHERE relnamespace = 'homegrown'::regnamespace AND relkind = 'r' ORDER BY bytes DESC`,
        url,
      );
      return Object.fromEntries(rows.map((row) => [String(row['name']), Number(row['bytes'])]));
    },
    dispose: () => server.dispose(),
  };
}
