import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  copyCandidateFolder,
  type ManifestFacts,
  saveCandidateFolder,
  verifyCandidateFolder,
} from './candidate-folder.ts';

const facts: ManifestFacts = {
  kind: 'bag',
  name: 'bag/words',
  rung: 'bag',
  task: 'topic',
  labels: ['a', 'b'],
  settings: {},
  upstreams: [],
  lineage: { dataset: 'd', run: 'r', seed: 1, homegrown: '0.1.0', trainedOn: 2 },
  notes: [],
};

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'candidate-folder-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function save(): Promise<string> {
  const target = join(directory, 'model');
  await saveCandidateFolder(target, facts, async (inside) => {
    await writeFile(join(inside, 'weights.bin'), Buffer.alloc(100, 7));
    await writeFile(join(inside, 'words.json'), '["x"]');
  });
  return target;
}

test('a saved folder lists every file with its hash, verifies, and leaves nothing temporary behind', async () => {
  const target = await save();
  const manifest = await verifyCandidateFolder(target);
  expect(Object.keys(manifest.files)).toEqual(['weights.bin', 'words.json']);
  expect(manifest.files['weights.bin']?.bytes).toBe(100);
  expect(await readdir(directory)).toEqual(['model']);
});

test('the same content makes the same bytes', async () => {
  const first = await readFile(join(await save(), 'homegrown.json'), 'utf8');
  expect(await readFile(join(await save(), 'homegrown.json'), 'utf8')).toBe(first);
});

test('a flipped byte, a missing file and a foreign file are named', async () => {
  const target = await save();
  const weights = join(target, 'weights.bin');
  const bytes = await readFile(weights);
  bytes[50]! ^= 1;
  await writeFile(weights, bytes);
  await expect(verifyCandidateFolder(target)).rejects.toMatchObject({
    code: 'model/changed-file',
    where: weights,
  });
  await rm(weights);
  await expect(verifyCandidateFolder(target)).rejects.toMatchObject({
    code: 'model/missing-file',
    where: weights,
  });
  await save();
  await writeFile(join(target, 'notes.txt'), 'mine');
  await expect(verifyCandidateFolder(target)).rejects.toMatchObject({
    code: 'model/foreign-file',
    where: join(target, 'notes.txt'),
  });
});

test('a truncated manifest is refused at every length', async () => {
  const target = await save();
  const path = join(target, 'homegrown.json');
  const text = (await readFile(path, 'utf8')).trimEnd();
  for (let length = 0; length < text.length; length += 7) {
    await writeFile(path, text.slice(0, length));
    await expect(verifyCandidateFolder(target)).rejects.toMatchObject({ code: 'model/bad-manifest' });
  }
});

test('a folder without a manifest is no model', async () => {
  await expect(verifyCandidateFolder(directory)).rejects.toMatchObject({ code: 'model/no-manifest' });
});

test('a failed write leaves neither a folder nor a temporary one', async () => {
  const target = join(directory, 'model');
  await expect(saveCandidateFolder(target, facts, () => Promise.reject(new Error('no')))).rejects.toThrow(
    'no',
  );
  expect(await readdir(directory)).toEqual([]);
});

test('a damaged folder is not copied', async () => {
  const target = await save();
  await writeFile(join(target, 'words.json'), '["y"]');
  const copy = join(directory, 'copy');
  await expect(copyCandidateFolder(target, copy)).rejects.toMatchObject({ code: 'model/changed-file' });
  expect(await readdir(directory)).toEqual(['model']);
});
