import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { describeWithPostgres } from '../../test/support/postgres.ts';
import { openPostgresStore } from './postgres/postgres-store.ts';
import { openSqliteStore } from './sqlite/sqlite-store.ts';
import type { Store } from './store.ts';

const run = promisify(execFile);
const TAKER = fileURLToPath(new URL('../../test/support/take-allowances.ts', import.meta.url));
const LIMIT = 5000;
const PROCESSES = 4;

/** Whether processes of their own, all taking and giving back at once, end up with exactly the limit. */
async function takeInProcesses(place: string, open: () => Promise<Store>): Promise<void> {
  await (await open()).close();
  const processes = Array.from({ length: PROCESSES }, (_, seed) =>
    run(process.execPath, [TAKER, place, String(LIMIT), String(seed)]),
  );
  const kept = (await Promise.all(processes)).map(({ stdout }) => Number(stdout));
  const store = await open();
  const used = await store.allowances.used({ counter: 'c', window: '2026-11' });
  await store.close();
  expect(kept.reduce((sum, one) => sum + one, 0)).toBe(used);
  // Whoever stops last found nothing left.
  expect(used).toBe(LIMIT);
}

test('an allowance in SQLite holds for several processes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-allowance-'));
  const path = join(directory, 'store.db');
  await takeInProcesses(path, () => openSqliteStore(path));
  await rm(directory, { recursive: true, force: true });
});

describeWithPostgres('an allowance in Postgres', (server) => {
  test('holds for several processes', async () => {
    const url = await server().createDatabase();
    await takeInProcesses(url, () => openPostgresStore(url));
  });
});
