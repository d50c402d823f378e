import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { sampleCall } from '../../../test/support/sample-call.ts';
import { captureConfigSchema } from '../../schema/capture-config.ts';
import type { Capture } from '../capture.ts';
import { openPostgresStore } from '../postgres/postgres-store.ts';
import { openSqliteStore } from '../sqlite/sqlite-store.ts';
import { openCapture } from './open-capture.ts';
import type { StoreLocation } from './store-location.ts';

const settled = { timeout: 60_000, interval: 50 };

async function captureInto(store: StoreLocation, directory: string): Promise<Capture> {
  const config = captureConfigSchema.parse({});
  const capture = await openCapture({ directory: join(directory, 'capture'), store, config });
  onTestFinished(() => capture.close());
  return capture;
}

async function temporary(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'capture-stores-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

function record(capture: Capture, count: number): string[] {
  return Array.from({ length: count }, () => {
    const call = sampleCall({ user: 'ann\u0000x' });
    void capture.record(call);
    return call.summary.id;
  });
}

describe('an SQLite database', () => {
  test('that another process keeps locked gets its calls once it is free', { timeout: 90_000 }, async () => {
    const directory = await temporary();
    const path = join(directory, 'store.db');
    await (await openSqliteStore(path)).close();
    const other = new DatabaseSync(path);
    onTestFinished(() => void (other.isOpen && other.close()));
    other.exec('BEGIN EXCLUSIVE');
    const capture = await captureInto({ kind: 'sqlite', path }, directory);
    record(capture, 10);
    await expect
      .poll(() => capture.counters().problem, settled)
      .toContain('another process keeps the database locked');
    // The journal does not wait for the store.
    record(capture, 10);
    await expect.poll(() => capture.counters().durable, settled).toBe(20);
    other.exec('COMMIT');
    await expect
      .poll(() => capture.counters(), settled)
      .toMatchObject({ stored: 20, waiting: 0, problem: null });
  });

  test('of a newer Homegrown is left alone, and said so', async () => {
    const directory = await temporary();
    const path = join(directory, 'store.db');
    await (await openSqliteStore(path)).close();
    const raw = new DatabaseSync(path);
    const version = Number(raw.prepare('PRAGMA user_version').get()!['user_version']);
    raw.exec(`PRAGMA user_version = ${version + 1}`);
    const capture = await captureInto({ kind: 'sqlite', path }, directory);
    record(capture, 5);
    await expect.poll(() => capture.counters().problem, settled).toContain('written by a newer Homegrown');
    expect(capture.counters()).toMatchObject({ durable: 5, stored: 0, waiting: 5, dropped: 0 });
    raw.exec(`PRAGMA user_version = ${version}`);
    raw.close();
    await expect.poll(() => capture.counters().stored, settled).toBe(5);
  });
});

describeWithPostgres('a Postgres', (server) => {
  test('that is killed and comes back under load loses no call', { timeout: 120_000 }, async () => {
    const directory = await temporary();
    const url = await server().createDatabase();
    const capture = await captureInto({ kind: 'postgres', url }, directory);
    const ids: string[] = [];
    const load = async (milliseconds: number): Promise<void> => {
      for (const end = performance.now() + milliseconds; performance.now() < end; await pause(5))
        ids.push(...record(capture, 5));
    };
    await load(300);
    await expect.poll(() => capture.counters().stored, settled).toBeGreaterThan(0);
    await server().kill();
    await load(500);
    await expect.poll(() => capture.counters().problem, settled).not.toBeNull();
    await server().start();
    await load(300);
    await expect.poll(() => capture.counters().waiting, settled).toBe(0);
    await capture.flush();
    expect(capture.counters()).toMatchObject({
      taken: ids.length,
      durable: ids.length,
      dropped: 0,
      problem: null,
    });
    const store = await openPostgresStore(url);
    onTestFinished(() => store.close());
    expect(await store.inferences.count({})).toBe(ids.length);
    expect([...(await store.inferences.tasksOf(ids)).keys()]).toHaveLength(ids.length);
  });
});
