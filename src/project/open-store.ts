import { join } from 'node:path';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { StoreConfig } from '../schema/store-config.ts';
import type { StoreLocation } from '../store/capture/store-location.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import { openSqliteStore } from '../store/sqlite/sqlite-store.ts';
import { openSqliteStoreInThread } from '../store/sqlite/thread/store-thread.ts';
import type { Store } from '../store/store.ts';

/** A project's store is one of those that come with Homegrown. */
export type ProjectStoreLocation = Exclude<StoreLocation, { kind: 'module' }>;

interface Surroundings {
  /** `.homegrown` of the project. */
  readonly homegrownDirectory: string;
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** Where a project's store is, also for its threads. Throws `store/no-address`. */
export function storeLocation(
  { postgresUrlEnv }: StoreConfig,
  { homegrownDirectory, env = process.env }: Surroundings,
): ProjectStoreLocation {
  if (postgresUrlEnv === undefined) return { kind: 'sqlite', path: join(homegrownDirectory, 'store.db') };
  const url = env[postgresUrlEnv];
  if (url !== undefined && url !== '') return { kind: 'postgres', url };
  throw new HomegrownError({
    code: 'store/no-address',
    message: `the environment variable ${postgresUrlEnv} is not set`,
    kind: 'usage',
    where: 'store.postgresUrlEnv',
    expected: 'the address of a Postgres database, postgres://user:password@host:5432/database',
    hint: `Set ${postgresUrlEnv}, or leave \`store\` out of the config to use SQLite.`,
  });
}

/** Opens a project's store; `inThread` keeps SQLite from holding up this thread. Throws `store/…`. */
export function openStore(
  location: ProjectStoreLocation,
  { inThread = false }: { inThread?: boolean } = {},
): Promise<Store> {
  if (location.kind === 'postgres') return openPostgresStore(location.url);
  return inThread ? openSqliteStoreInThread(location.path) : openSqliteStore(location.path);
}
