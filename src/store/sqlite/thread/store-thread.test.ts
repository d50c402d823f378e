import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { inferences } from '../../conformance/sample-records.ts';
import { storeConformance } from '../../store.conformance.ts';
import { openSqliteStoreInThread } from './store-thread.ts';

storeConformance('SQLite store in a thread', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'homegrown-store-thread-'));
  return {
    open: () => openSqliteStoreInThread(join(directory, 'store.db')),
    dispose: () => rm(directory, { recursive: true, force: true }),
  };
});

describe('a SQLite store in a thread', () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'homegrown-store-thread-'));
    path = join(directory, 'store.db');
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('does not stop the rest of the process while it waits for a lock', async () => {
    const store = await openSqliteStoreInThread(path, { busyTimeoutMs: 500 });
    const holder = new DatabaseSync(path);
    holder.exec('BEGIN IMMEDIATE');
    let beats = 0;
    const heart = setInterval(() => beats++, 10);
    await expect(store.inferences.append(inferences(1, 1))).rejects.toMatchObject({
      code: 'store/locked',
      where: path,
      hint: expect.stringContaining('Wait') as string,
    });
    clearInterval(heart);
    expect(beats).toBeGreaterThan(10);
    holder.exec('ROLLBACK');
    holder.close();
    await store.close();
  });

  test('gives failures as they are, to the letter', async () => {
    await writeFile(path, 'these are not the bytes of a database. '.repeat(200));
    const { openSqliteStore } = await import('../sqlite-store.ts');
    const plain = await openSqliteStore(path).catch((error: unknown) => error);
    const threaded = await openSqliteStoreInThread(path).catch((error: unknown) => error);
    expect(String(threaded)).toBe(String(plain));
    const facts = ({ code, kind, where, expected, found, hint }: Record<string, unknown>): unknown[] => [
      code,
      kind,
      where,
      expected,
      found,
      hint,
    ];
    expect(facts(threaded as Record<string, unknown>)).toEqual(facts(plain as Record<string, unknown>));
  });

  test('answers what was asked before it is closed, and nothing after', async () => {
    const store = await openSqliteStoreInThread(path);
    const asked = store.inferences.append(inferences(1, 50));
    const closed = store.close();
    expect(await asked).toBe(50);
    await closed;
    await expect(store.inferences.count({})).rejects.toMatchObject({ code: 'store/closed' });
  });
});
