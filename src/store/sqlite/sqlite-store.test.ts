import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inference } from '../conformance/sample-records.ts';
import { storeConformance } from '../store.conformance.ts';
import { openSqliteStore } from './sqlite-store.ts';

const run = promisify(execFile);
const RECORDS_MODULE = new URL('../conformance/sample-records.ts', import.meta.url).href;
const STORE_MODULE = new URL('sqlite-store.ts', import.meta.url).href;

storeConformance('SQLite store', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-store-'));
  return {
    open: () => openSqliteStore(join(directory, 'store.db')),
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
});

describe('SQLite database file', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'homegrown-store-'));
    path = join(directory, 'deep', 'store.db');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  /** A closed store with one task in it. */
  async function makeStore(): Promise<void> {
    await (await openSqliteStore(path)).close();
  }

  test('makes its directory, uses WAL and writes its schema version', async () => {
    await makeStore();
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA journal_mode').get()).toEqual({ journal_mode: 'wal' });
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 2 });
    database.close();
  });

  test('lets nobody but its owner read what users said', async () => {
    const store = await openSqliteStore(path);
    for (const file of [path, `${path}-wal`]) expect((await stat(file)).mode & 0o777).toBe(0o600);
    await store.close();
  });

  test('refuses a database of a newer Homegrown and leaves it as it is', async () => {
    await makeStore();
    const database = new DatabaseSync(path);
    database.exec('PRAGMA user_version = 99');
    database.close();
    await expect(openSqliteStore(path)).rejects.toMatchObject({
      code: 'store/newer',
      expected: 'schema version 2 or older',
      found: 'version 99',
    });
  });

  test('refuses a database that is not Homegrown’s', async () => {
    await makeStore();
    await rm(path);
    const database = new DatabaseSync(path);
    database.exec('CREATE TABLE invoices (id INTEGER)');
    database.close();
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'store/foreign' });
  });

  test('says that a file which is no database is damaged, and keeps it', async () => {
    await makeStore();
    await writeFile(path, 'these are not the bytes of a database. '.repeat(200));
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'store/corrupt', where: path });
    expect((await readFile(path, 'utf8')).startsWith('these are not')).toBe(true);
  });

  test('says that a cut file is damaged', async () => {
    await makeStore();
    await truncate(path, 5000);
    await expect(
      openSqliteStore(path).then((store) => store.deployments.history('topic')),
    ).rejects.toMatchObject({ code: 'store/corrupt' });
  });

  test('says that pages overwritten in the middle are damaged', async () => {
    await makeStore();
    const handle = await open(path, 'r+');
    await handle.write(Buffer.alloc(8192, 0xaa), 0, 8192, 4096);
    await handle.close();
    const store = await openSqliteStore(path);
    await expect(store.models.list()).rejects.toMatchObject({ code: 'store/corrupt' });
    await store.close();
  });

  test('says who is in the way when another process keeps the database locked', async () => {
    await makeStore();
    const holder = new DatabaseSync(path);
    holder.exec('BEGIN EXCLUSIVE');
    const store = await openSqliteStore(path, { busyTimeoutMs: 50 });
    const change = {
      task: 't',
      action: 'promote',
      changes: [],
      by: 'me',
      reason: null,
      evidence: null,
    } as const;
    await expect(store.deployments.apply(change)).rejects.toMatchObject({ code: 'store/locked' });
    expect(await store.deployments.list()).toEqual([]);
    holder.exec('ROLLBACK');
    holder.close();
    expect(await store.deployments.apply(change)).toEqual([]);
    await store.close();
  });

  test('says so when the directory cannot be made', async () => {
    await writeFile(join(directory, 'deep'), 'a file in the way');
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'file/write-failed' });
  });

  test.skipIf(process.platform === 'win32')('says to free space when no file can grow', async () => {
    await makeStore();
    const script = `
      const { openSqliteStore } = await import(${JSON.stringify(STORE_MODULE)});
      await openSqliteStore(process.argv[1]).catch(({ code, hint }) => console.log(code, hint));`;
    const limited = 'ulimit -f 0 && exec "$0" --input-type=module -e "$1" "$2" | cat';
    const { stdout } = await run('bash', ['-c', limited, process.execPath, script, path]);
    expect(stdout).toMatch(/^store\/io-failed Free some disk space/);
  });

  test.skipIf(process.platform === 'win32')(
    'keeps what it confirmed when files cannot grow any more',
    async () => {
      const script = `
      const { openSqliteStore } = await import(${JSON.stringify(STORE_MODULE)});
      const { inference } = await import(${JSON.stringify(RECORDS_MODULE)});
      const store = await openSqliteStore(process.argv[1]);
      let confirmed = 0;
      for (let number = 1; number < 5000; number++) {
        const failure = await store.inferences
          .append([inference(number, { request: 'x'.repeat(10_000) })])
          .then(() => { confirmed++; return null; }, ({ code, hint }) => ({ code, hint }));
        if (failure !== null) {
          console.log(JSON.stringify({ ...failure, confirmed, count: await store.inferences.count({}) }));
          break;
        }
      }`;
      const limited = 'ulimit -f 3000 && exec "$0" --input-type=module -e "$1" "$2" | cat';
      const { stdout } = await run('bash', ['-c', limited, process.execPath, script, path]);
      const { code, hint, confirmed, count } = JSON.parse(stdout) as Record<string, string | number>;
      expect(code).toMatch(/^store\/(io-failed|disk-full)$/);
      expect(hint).toMatch(/^Free some disk space/);
      expect(confirmed).toBeGreaterThan(50);
      expect(count).toBe(confirmed);
      const store = await openSqliteStore(path);
      expect(await store.inferences.count({})).toBe(confirmed);
      expect(await store.inferences.append([inference(9999)])).toBe(1);
      await store.close();
    },
  );

  test.runIf(process.platform === 'linux')('says so where no file can be made', async () => {
    await expect(openSqliteStore('/proc/store.db')).rejects.toMatchObject({ code: 'store/not-writable' });
  });

  test('opens in eight processes at once, each adding its models', async () => {
    const script = `
      const { openSqliteStore } = await import(${JSON.stringify(STORE_MODULE)});
      const [path, task] = process.argv.slice(1);
      const store = await openSqliteStore(path);
      const manifest = { format: 1, kind: 'bag', name: 'bag', rung: 'bag', task, labels: ['a', 'b'], files: {}, settings: {},
        upstreams: [], lineage: { dataset: '', run: '', seed: 1, homegrown: '', trainedOn: 1 }, notes: [] };
      for (let version = 1; version <= 20; version++)
        await store.models.add({ task, version, fingerprint: String(version), manifest, evaluation: null });
      await store.close();`;
    const processes = Array.from({ length: 8 }, (_, index) =>
      run(process.execPath, ['--input-type=module', '-e', script, path, `task-${index}`]),
    );
    const outputs = await Promise.all(processes);
    expect(outputs.map(({ stderr }) => stderr).join('')).toBe('');
    const store = await openSqliteStore(path);
    expect(await store.models.list()).toHaveLength(160);
    await store.close();
  });

  test('holds what was written before a process was killed, and nothing half', async () => {
    await makeStore();
    const worker = fork(new URL('../../../test/support/promote-forever.ts', import.meta.url), [path]);
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, 150));
    worker.kill('SIGKILL');
    await once(worker, 'exit');
    const store = await openSqliteStore(path);
    const states = (await store.deployments.list('topic')).map(({ state }) => state).toSorted();
    expect(states).toEqual(['live', 'retired']);
    const history = await store.deployments.history('topic');
    expect(history.length).toBeGreaterThan(3);
    expect(history.length % 2).toBe(1);
    await store.close();
  });
});
