import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { saveKeywordModel } from '../../test/support/keyword-model.ts';
import { openRegistryIn } from '../../test/support/serve-keyword-model.ts';
import type { Registry } from './registry.ts';

const SETTINGS = { share: 0.1, salt: 'salt', maxUsd: null };
let directory: string;
let registry: Registry;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-garbage-'));
  registry = await openRegistryIn(directory);
  for (let version = 1; version <= 8; version++) {
    const candidate = join(directory, 'candidates', String(version));
    await saveKeywordModel(candidate, {
      task: 'topic',
      keywords: { yes: 'good', no: 'bad' },
      run: `run-${version}`,
    });
    await registry.register({ directory: candidate, task: 'topic', evaluation: null, goLive: 'if-first' });
  }
});
afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});

const onDisk = async (): Promise<string[]> => (await readdir(join(directory, 'models', 'topic'))).toSorted();

describe('garbage collection', () => {
  test('keeps what is live, canary, shadow or could be rolled back to', async () => {
    // Live before, rolled back, and once live below it.
    await registry.promote('topic', 2, { by: 'ann' });
    await registry.promote('topic', 3, { by: 'ann' });
    await registry.promote('topic', 4, { by: 'ann' });
    await registry.rollback('topic', { by: 'ann' });
    await registry.start('topic', 5, { by: 'ann', state: 'canary', settings: SETTINGS });
    await registry.start('topic', 6, { by: 'ann', state: 'shadow', settings: SETTINGS });
    const removed = await registry.collectGarbage({ keep: 0, graceMs: 10 });
    expect(removed.map(({ version }) => version)).toEqual([4, 7, 8]);
    expect(removed.every(({ bytes }) => bytes! > 0)).toBe(true);
    expect(await onDisk()).toEqual(['1', '2', '3', '5', '6']);
    await registry.rollback('topic', { by: 'ann' });
    await registry.rollback('topic', { by: 'ann' });
    expect(await registry.live('topic')).toBe(1);
  });

  test('keeps the newest ones that it is told to keep, and can only look', async () => {
    const wouldGo = await registry.collectGarbage({ keep: 5, dryRun: true });
    expect(wouldGo.map(({ version }) => version)).toEqual([2, 3]);
    expect(await onDisk()).toHaveLength(8);
    expect(await registry.collectGarbage({ keep: 5, graceMs: 10 })).toEqual(wouldGo);
    expect(await onDisk()).toEqual(['1', '4', '5', '6', '7', '8']);
    expect(await registry.collectGarbage({ keep: 5, graceMs: 10 })).toEqual([]);
  });

  test('puts back what was promoted in the same moment', async () => {
    const collecting = registry.collectGarbage({ keep: 6, graceMs: 200 });
    await expect.poll(onDisk).not.toContain('2');
    // It had looked at the files before they were put aside.
    const other = await openRegistryIn(directory);
    await forcePromotion(2);
    expect(await collecting).toEqual([]);
    expect(await onDisk()).toContain('2');
    await expect(registry.verifiedDirectoryOf('topic', 2)).resolves.toBe(registry.directoryOf('topic', 2));
    await other.close();
  });

  test('a version without files is still listed, and is not promoted', async () => {
    await registry.collectGarbage({ keep: 0, graceMs: 10 });
    expect(await registry.list('topic')).toHaveLength(8);
    await expect(registry.promote('topic', 8, { by: 'ann' })).rejects.toMatchObject({
      code: 'model/no-manifest',
    });
  });
});

async function forcePromotion(version: number): Promise<void> {
  const { openSqliteStore } = await import('../store/sqlite/sqlite-store.ts');
  const store = await openSqliteStore(join(directory, 'store.db'));
  await store.deployments.apply({
    task: 'topic',
    action: 'promote',
    changes: [
      { version: 1, from: 'live', to: 'retired' },
      { version, from: null, to: 'live' },
    ],
    by: 'ann',
    reason: null,
    evidence: null,
  });
  await store.close();
}
