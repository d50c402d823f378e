import { mkdtemp, rm } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { candidateManifest } from '../conformance/registry.conformance.ts';
import { inference } from '../conformance/sample-records.ts';
import { MIGRATIONS } from './migrations.ts';
import { openSqliteStore } from './sqlite-store.ts';

/** What a Homegrown of each schema version wrote: SQL that fills a database of that version. */
const WRITTEN_BY: Record<number, string> = {
  0: '',
  1: `
    INSERT INTO models VALUES
      ('topic', 1, 'print-1', '${manifest()}', '{"accuracy":0.75}', '2026-01-01T00:00:00.000Z'),
      ('topic', 2, 'print-2', '${manifest()}', 'null', '2026-01-02T00:00:00.000Z'),
      ('topic', 3, 'print-3', '${manifest()}', 'null', '2026-01-03T00:00:00.000Z'),
      ('topic', 4, 'print-4', '${manifest()}', 'null', '2026-01-04T00:00:00.000Z'),
      ('topic', 5, 'print-5', '${manifest()}', 'null', '2026-01-05T00:00:00.000Z'),
      ('topic', 6, 'print-6', '${manifest()}', 'null', '2026-01-06T00:00:00.000Z');
    INSERT INTO deployments VALUES
      ('topic', 1, 'retired', '2026-01-02T00:00:01.000Z'),
      ('topic', 2, 'live', '2026-01-02T00:00:01.000Z'),
      ('topic', 3, 'shadow', '2026-01-03T00:00:01.000Z'),
      ('topic', 4, 'shadow', '2026-01-04T00:00:01.000Z'),
      ('topic', 5, 'canary', '2026-01-05T00:00:01.000Z');
    INSERT INTO transitions VALUES
      (1, 'topic', 1, NULL, 'live', 'first-live', 'climb', 'the first', '{"accuracy":0.75}', '2026-01-01T00:00:01.000Z'),
      (2, 'topic', 1, 'live', 'retired', 'promote', 'ann', NULL, 'null', '2026-01-02T00:00:01.000Z'),
      (3, 'topic', 2, NULL, 'live', 'promote', 'ann', NULL, 'null', '2026-01-02T00:00:01.000Z');`,
};

describe('a database of every earlier schema version', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'homegrown-migrations-'));
    path = join(directory, 'store.db');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('has a sample', () => {
    expect(Object.keys(WRITTEN_BY).map(Number)).toEqual(MIGRATIONS.map((_, version) => version));
  });

  test.each(MIGRATIONS.map((_, version) => version))(
    'of version %i is brought forward and works',
    async (version) => {
      makeDatabase(path, version);
      const store = await openSqliteStore(path);
      const database = new DatabaseSync(path, { readOnly: true });
      expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: MIGRATIONS.length });
      expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
      expect(database.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
      expect(schemaOf(database)).toEqual(schemaOf(freshDatabase()));
      database.close();
      expect(await store.inferences.append([inference(1)])).toBe(1);
      await store.close();
    },
  );

  test('of version 1 keeps its models, deployments and their history', async () => {
    makeDatabase(path, 1);
    const store = await openSqliteStore(path);
    expect(await store.models.list('topic')).toHaveLength(6);
    expect(await store.models.find('topic', 1)).toMatchObject({
      fingerprint: 'print-1',
      evaluation: { accuracy: 0.75 },
    });
    const deployed = await store.deployments.list('topic');
    expect(deployed.map(({ version, state, settings }) => [version, state, settings])).toEqual([
      [1, 'retired', null],
      [2, 'live', null],
      [3, 'retired', null],
      [4, 'shadow', null],
      [5, 'canary', null],
    ]);
    expect(await store.deployments.history('topic')).toMatchObject([
      { id: 1, version: 1, from: null, to: 'live', action: 'first-live', by: 'climb', settings: null },
      { id: 2, version: 1, from: 'live', to: 'retired', action: 'promote', reason: null },
      { id: 3, version: 2, from: null, to: 'live' },
    ]);
    await store.deployments.apply({
      task: 'topic',
      action: 'shadow',
      changes: [
        { version: 4, from: 'shadow', to: 'retired' },
        { version: 6, from: null, to: 'shadow', settings: { share: 0.1 } },
      ],
      by: 'ann',
      reason: null,
      evidence: null,
    });
    expect((await store.deployments.list('topic')).at(-1)).toMatchObject({ settings: { share: 0.1 } });
    await store.close();
  });

  test('stays as it is when a migration fails', async () => {
    makeDatabase(path, 1);
    const before = new DatabaseSync(path);
    before.exec('CREATE TABLE keys (in_the_way INTEGER)');
    before.close();
    await expect(openSqliteStore(path)).rejects.toMatchObject({ code: 'store/failed' });
    const database = new DatabaseSync(path);
    expect(database.prepare('PRAGMA user_version').get()).toEqual({ user_version: 1 });
    expect(
      database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'inferences'").get(),
    ).toEqual({
      n: 0,
    });
    database.close();
  });
});

function makeDatabase(path: string, version: number): void {
  const database = new DatabaseSync(path);
  for (const sql of MIGRATIONS.slice(0, version)) database.exec(sql);
  if (version > 0) {
    // "HGRN", as every version writes it.
    database.exec(`PRAGMA application_id = 0x4847524e; PRAGMA user_version = ${version}`);
  }
  database.exec(WRITTEN_BY[version]!);
  database.close();
}

function freshDatabase(): DatabaseSync {
  const database = new DatabaseSync(':memory:');
  for (const sql of MIGRATIONS) database.exec(sql);
  return database;
}

function schemaOf(database: DatabaseSync): unknown[] {
  return database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
}

function manifest(): string {
  return JSON.stringify(candidateManifest('topic'));
}
