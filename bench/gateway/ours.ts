import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPostgresStore } from '../../src/store/postgres/postgres-store.ts';
import { openSqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { startPostgres } from '../../test/support/postgres/start-postgres.ts';
import { firstLine, startProgram, stopProgram } from './child.ts';
import type { Contestant } from './contestant.ts';

/** How our gateway is set up. */
export interface OursOptions {
  name: string;
  capture: 'async' | 'sync' | 'off';
  upstreamPort: number;
  /** Address of a Postgres database; left out: SQLite. */
  postgresUrl?: string;
  /** For Node, before the program: `--cpu-prof` and the like. */
  nodeOptions?: readonly string[];
}

const HOMEGROWN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** `homegrown serve` of the built package in a new project. */
export async function startOurs(options: OursOptions): Promise<Contestant> {
  const { name, capture, upstreamPort, postgresUrl, nodeOptions = [] } = options;
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-gateway-'));
  const config = {
    tasks: {},
    upstreams: { main: { baseUrl: `http://127.0.0.1:${upstreamPort}/v1`, model: 'plain' } },
    defaultUpstream: 'main',
    capture: { mode: capture },
    ...(postgresUrl === undefined ? {} : { store: { postgresUrlEnv: 'BENCH_POSTGRES' } }),
  };
  await writeFile(join(directory, 'homegrown.config.mjs'), `export default ${JSON.stringify(config)};\n`);
  const child = startProgram(
    process.execPath,
    [...nodeOptions, HOMEGROWN, '--json', 'serve', '--port', '0'],
    {
      cwd: directory,
      readsStdout: true,
      env: postgresUrl === undefined ? {} : { BENCH_POSTGRES: postgresUrl },
    },
  );
  const { url } = JSON.parse(await firstLine(child)) as { url: string };
  const countAndRemove = async (): Promise<number> => {
    const store =
      postgresUrl === undefined
        ? await openSqliteStore(join(directory, '.homegrown/store.db'))
        : await openPostgresStore(postgresUrl);
    try {
      return await store.inferences.count({});
    } finally {
      await store.close();
      await rm(directory, { recursive: true, force: true });
    }
  };
  return {
    name,
    version: 'this tree',
    port: Number(new URL(url).port),
    headers: {},
    process: child,
    heldRate: 500,
    stop: () => stopProgram(child),
    ...(capture === 'off' ? {} : { captured: countAndRemove }),
  };
}

/** The same on a Postgres of its own, which goes when its calls were counted. */
export async function startOursOnPostgres(
  start: (postgresUrl: string) => Promise<Contestant>,
): Promise<Contestant> {
  const postgres = await startPostgres({ fsync: true });
  const contestant = await start(await postgres.createDatabase());
  return {
    ...contestant,
    captured: async () => {
      try {
        return (await contestant.captured?.()) ?? Number.NaN;
      } finally {
        await postgres.dispose();
      }
    },
  };
}
