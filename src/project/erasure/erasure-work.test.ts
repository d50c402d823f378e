import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import type { ErasureRecord } from '../../schema/erasure.ts';
import { ErasureFolder } from './erasure-work.ts';

const SUBJECT = { kind: 'user' as const, id: 'user-4711' };

let folder: ErasureFolder;
beforeEach(async () => {
  const home = await mkdtemp(join(tmpdir(), 'homegrown-erasure-work-'));
  folder = new ErasureFolder(home);
  onTestFinished(() => rm(home, { recursive: true, force: true }));
});

const names = async (): Promise<string[]> =>
  (await readdir(folder.directory)).filter((name) => name !== 'key').toSorted();

async function recordOf(id: string): Promise<ErasureRecord> {
  const record = { id, subject: await folder.hashOf(SUBJECT), captures: 3 };
  return record as ErasureRecord;
}

test('a process killed while it noted a wish leaves the name in no file', async () => {
  await folder.begin({ subject: SUBJECT, by: 'test' });
  const { pid } = spawnSync(process.execPath, ['--version']);
  const half = `.era_1.pending.json.${pid}-0badcafe.tmp`;
  const written = `.era_2.pending.json.${process.ppid}-0badcafe.tmp`;
  for (const name of [half, written]) await writeFile(join(folder.directory, name), SUBJECT.id);
  expect(await folder.pending()).toHaveLength(1);
  expect(await names()).not.toContain(half);
  expect(await names()).toContain(written);
});

test('an erasure killed after its record was kept is finished, and is not done again with nothing left to find', async () => {
  const { id } = await folder.begin({ subject: SUBJECT, by: 'test' });
  await writeFile(join(folder.directory, `${id}.json`), JSON.stringify(await recordOf(id)));
  await writeFile(join(folder.directory, `${id}.work.jsonl`), JSON.stringify({ kind: 'text', text: 'mine' }));
  expect(await folder.pending()).toEqual([]);
  expect(await names()).toEqual([`${id}.json`]);
  const again = await folder.begin({ subject: SUBJECT, by: 'test' });
  expect(again.id).not.toBe(id);
});
