import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesHolding } from '../../../test/support/files-holding.ts';
import { accepted, edited, inference, inferences } from '../conformance/sample-records.ts';
import type { Store } from '../store.ts';
import { openSqliteStore } from './sqlite-store.ts';

const SECRET = 'Zaphod-Beeblebrox-4711';

let directory: string;
let store: Store;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-scrub-'));
  store = await openSqliteStore(join(directory, 'store.db'));
});
afterEach(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

/** Inferences of one user between those of others; what is secret is in every place where a user's words can be. */
async function fill(): Promise<void> {
  await store.inferences.append(inferences(1, 300));
  await store.inferences.append(
    inferences(301, 600, (number) => ({
      user: SECRET,
      group: `group of ${SECRET}`,
      tags: { [`name ${SECRET}`]: SECRET },
      responseId: `chatcmpl-${SECRET}-${number}`,
      error: number % 10 === 0 ? { code: 'upstream/failed', message: `no ${SECRET}` } : null,
      // From one page to some hundred overflow pages.
      request: `{"input":"${SECRET} ${'lorem ipsum '.repeat(number % 7 === 0 ? 30_000 : number)}${SECRET}"}`,
      response: `{"output":"${SECRET}"}`,
    })),
  );
  await store.inferences.append(inferences(601, 900));
  await store.feedback.append([
    edited('f1', inference(302).id, { output: { text: SECRET }, by: 'ann' }),
    accepted('f2', inference(1).id, { by: SECRET, comment: `said ${SECRET}` }),
    accepted('f3', inference(2).id, { by: 'ann' }),
  ]);
}

async function deleteSecret(): Promise<void> {
  while ((await store.inferences.deleteSome({ user: SECRET }, 70)) > 0);
  await store.feedback.deleteBy(SECRET);
}

test('leaves no byte of what was deleted in any file, and all of the rest', async () => {
  await fill();
  expect(filesHolding(directory, SECRET)).not.toEqual([]);
  await deleteSecret();
  await store.scrub();
  expect((await readdir(directory)).toSorted()).toEqual(['store.db', 'store.db-shm', 'store.db-wal']);
  expect((await stat(join(directory, 'store.db-wal'))).size).toBe(0);
  expect(filesHolding(directory, SECRET)).toEqual([]);
  expect(await store.inferences.count({})).toBe(600);
  expect((await store.feedback.page()).rows.map(({ id }) => id)).toEqual(['f3']);
  // The same search finds what is still there.
  expect(filesHolding(directory, inference(900).request)).toHaveLength(1);
});

test('also when another connection has the database open', async () => {
  const other = await openSqliteStore(join(directory, 'store.db'));
  await fill();
  expect(await other.inferences.count({ user: SECRET })).toBe(300);
  await deleteSecret();
  await store.scrub();
  expect(filesHolding(directory, SECRET)).toEqual([]);
  expect(await other.inferences.append([inference(1000)])).toBe(1);
  await other.close();
});

test('says so when a reader is in the way, and works once it is gone', async () => {
  await store.close();
  store = await openSqliteStore(join(directory, 'store.db'), { busyTimeoutMs: 50 });
  await fill();
  const reader = new DatabaseSync(join(directory, 'store.db'));
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM inferences').get();
  await deleteSecret();
  await expect(store.scrub()).rejects.toMatchObject({ code: 'store/locked' });
  reader.exec('COMMIT');
  reader.close();
  await store.scrub();
  expect(filesHolding(directory, SECRET)).toEqual([]);
});

test('gives the space back', async () => {
  await fill();
  await store.scrub();
  const before = (await stat(join(directory, 'store.db'))).size;
  await deleteSecret();
  await store.scrub();
  expect((await stat(join(directory, 'store.db'))).size).toBeLessThan(before / 5);
});
