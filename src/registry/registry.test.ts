import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Keywords, loadKeywordModel, saveKeywordModel } from '../../test/support/keyword-model.ts';
import { FOLDERS, openRegistryIn } from '../../test/support/serve-keyword-model.ts';
import type { EvaluationSummary } from './evaluation-summary.ts';
import type { Registry } from './registry.ts';

let directory: string;
let homegrownDir: string;
let registry: Registry;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-registry-'));
  homegrownDir = join(directory, '.homegrown');
  registry = await openRegistryIn(homegrownDir);
});
afterEach(async () => {
  await registry.close();
  await rm(directory, { recursive: true, force: true });
});

/** A candidate folder that differs by its run. */
async function candidate(run: string, keywords: Keywords = { yes: 'good', no: 'bad' }): Promise<string> {
  const folder = join(directory, 'candidates', run);
  await saveKeywordModel(folder, { task: 'topic', keywords, run });
  return folder;
}

async function register(run: string, goLive: 'if-first' | 'never' = 'if-first'): Promise<number> {
  const { version } = await registry.register({
    directory: await candidate(run),
    task: 'topic',
    evaluation: null,
    goLive,
  });
  return version;
}

/** Puts the files of one version where another's were. */
async function swapIn(version: number, place: number): Promise<void> {
  await rm(registry.directoryOf('topic', place), { recursive: true });
  await cp(registry.directoryOf('topic', version), registry.directoryOf('topic', place), { recursive: true });
}

/** Exchanges the labels in a version's manifest, which leaves every file as it was. */
async function flipLabels(version: number): Promise<void> {
  const manifest = join(registry.directoryOf('topic', version), 'homegrown.json');
  const { labels, ...rest } = JSON.parse(await readFile(manifest, 'utf8')) as { labels: string[] };
  await writeFile(manifest, JSON.stringify({ ...rest, labels: labels.toReversed() }));
}

const versionsOnDisk = (): Promise<string[]> => readdir(join(homegrownDir, 'models', 'topic'));

describe('register', () => {
  test('copies the folder into the next version and forgets the source', async () => {
    const folder = await candidate('run-1');
    const registration = await registry.register({
      directory: folder,
      task: 'topic',
      evaluation: EVALUATION,
    });
    await rm(folder, { recursive: true });
    expect(registration).toEqual({ name: 'topic', version: 1, live: false });
    const model = await loadKeywordModel(registry.directoryOf('topic', 1));
    expect((await model.predict(['a bad day']))[0]!.label).toBe('no');
    expect(await registry.list()).toMatchObject([
      { name: 'topic', version: 1, state: null, since: null, evaluation: EVALUATION },
    ]);
    expect(await register('run-2')).toBe(2);
    expect(await versionsOnDisk()).toEqual(['1', '2']);
  });

  test('makes only the first model live', async () => {
    const first = {
      directory: await candidate('run-1'),
      task: 'topic',
      evaluation: null,
      goLive: 'if-first' as const,
    };
    expect(await registry.register(first)).toEqual({ name: 'topic', version: 1, live: true });
    expect(await registry.register({ ...first, directory: await candidate('run-2') })).toMatchObject({
      live: false,
    });
    expect(await registry.live('topic')).toBe(1);
    expect(await registry.live('other')).toBeNull();
    expect(await registry.history('topic')).toMatchObject([
      { version: 1, from: null, to: 'live', action: 'first-live', by: 'climb' },
    ]);
  });

  test('gives the identical folder the version it has', async () => {
    const folder = await candidate('run-1');
    const options = { directory: folder, task: 'topic', evaluation: null };
    const results = [await registry.register(options), await registry.register(options)];
    expect(results.map(({ version }) => version)).toEqual([1, 1]);
    expect(await versionsOnDisk()).toEqual(['1']);
  });

  test('repairs a damaged version when the identical folder comes again', async () => {
    const folder = await candidate('run-1');
    await registry.register({ directory: folder, task: 'topic', evaluation: null });
    await writeFile(join(registry.directoryOf('topic', 1), 'keywords.json'), '{}');
    await registry.register({ directory: folder, task: 'topic', evaluation: null });
    await expect(FOLDERS.verify(registry.directoryOf('topic', 1))).resolves.toMatchObject({ task: 'topic' });
  });

  test('repairs a version whose folder holds another model', async () => {
    await register('run-1');
    await register('run-2');
    await swapIn(1, 2);
    expect(await register('run-2')).toBe(2);
    await expect(registry.verifiedDirectoryOf('topic', 2)).resolves.toBe(registry.directoryOf('topic', 2));
  });

  test('refuses a damaged candidate and leaves nothing behind', async () => {
    const folder = await candidate('run-1');
    await writeFile(join(folder, 'keywords.json'), '{"yes":"bad","no":"good"}');
    const options = { directory: folder, task: 'topic', evaluation: null };
    await expect(registry.register(options)).rejects.toMatchObject({ code: 'model/changed-file' });
    await expect(versionsOnDisk()).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await registry.list()).toEqual([]);
  });

  test('takes over the folder that a killed registration left without a record', async () => {
    const folder = await candidate('run-1');
    await mkdir(join(homegrownDir, 'models', 'topic'), { recursive: true });
    await cp(folder, join(homegrownDir, 'models', 'topic', '1'), { recursive: true });
    expect(await register('run-2')).toBe(2);
    expect(await register('run-1')).toBe(1);
    expect(await versionsOnDisk()).toEqual(['1', '2']);
  });

  test('gives each of many at once a version of its own, from two registries', async () => {
    const other = await openRegistryIn(homegrownDir);
    const folders = await Promise.all(Array.from({ length: 12 }, (_, index) => candidate(`run-${index}`)));
    const registrations = await Promise.all(
      folders.map((folder, index) =>
        (index % 2 === 0 ? registry : other).register({
          directory: folder,
          task: 'topic',
          evaluation: null,
          goLive: 'if-first',
        }),
      ),
    );
    await other.close();
    expect(new Set(registrations.map(({ version }) => version)).size).toBe(12);
    const live = (await registry.list('topic')).filter(({ state }) => state === 'live');
    expect(live).toHaveLength(1);
    for (const { version } of registrations) await FOLDERS.verify(registry.directoryOf('topic', version));
  });

  test('gives one version to the identical folder registered twice at once', async () => {
    const folder = await candidate('run-1');
    const other = await openRegistryIn(homegrownDir);
    const options = { directory: folder, task: 'topic', evaluation: null };
    const both = await Promise.all([registry.register(options), other.register(options)]);
    await other.close();
    expect(new Set(both.map(({ version }) => version)).size).toBe(1);
    expect(await versionsOnDisk()).toEqual([String(both[0]!.version)]);
  });
});

describe('promote and rollback', () => {
  test('promotes, and goes back step by step', async () => {
    for (const run of ['run-1', 'run-2', 'run-3']) await register(run);
    expect(await registry.promote('topic', 2, { by: 'ann', reason: 'cheaper' })).toEqual({
      task: 'topic',
      version: 2,
      previous: 1,
    });
    await registry.promote('topic', 3, { by: 'ann' });
    expect(await registry.rollback('topic', { by: 'bob' })).toEqual({
      task: 'topic',
      version: 2,
      previous: 3,
    });
    expect(await registry.rollback('topic', { by: 'bob' })).toMatchObject({ version: 1 });
    await expect(registry.rollback('topic', { by: 'bob' })).rejects.toMatchObject({
      code: 'registry/nothing-before',
    });
    await registry.promote('topic', 3, { by: 'ann' });
    expect(await registry.rollback('topic', { by: 'bob' })).toMatchObject({ version: 1 });
    expect((await registry.list('topic')).map(({ state }) => state)).toEqual(['live', 'retired', 'retired']);
    expect((await registry.history('topic')).at(1)).toMatchObject({
      by: 'ann',
      reason: 'cheaper',
      to: 'retired',
    });
  });

  test('promoting the live version changes nothing', async () => {
    await register('run-1');
    expect(await registry.promote('topic', 1, { by: 'ann' })).toEqual({
      task: 'topic',
      version: 1,
      previous: 1,
    });
    expect(await registry.history('topic')).toHaveLength(1);
  });

  test.each([
    ['a flipped byte', 'keywords.json', '{"yes":"gooe","no":"bad"}', 'model/changed-file'],
    ['a foreign file', 'extra.txt', 'hello', 'model/foreign-file'],
    ['a broken manifest', 'homegrown.json', '{', 'model/bad-manifest'],
  ])('never promotes a folder with %s', async (_what, file, content, code) => {
    await register('run-1');
    await register('run-2');
    await writeFile(join(registry.directoryOf('topic', 2), file), content);
    await expect(registry.promote('topic', 2, { by: 'ann' })).rejects.toMatchObject({ code });
    expect(await registry.live('topic')).toBe(1);
  });

  test.each([
    ['its labels exchanged', () => flipLabels(2)],
    ['another version’s files', () => swapIn(1, 2)],
  ])('never promotes, exports or hands out a folder with %s', async (_what, change) => {
    await register('run-1');
    await register('run-2');
    await change();
    const refusal = {
      code: 'registry/changed-model',
      where: registry.directoryOf('topic', 2),
      expected: expect.stringMatching(/^fingerprint [0-9a-f]{12}…$/),
      found: expect.stringMatching(/^[0-9a-f]{12}…$/),
      hint: expect.stringContaining('homegrown climb --fresh'),
    };
    await expect(registry.promote('topic', 2, { by: 'ann' })).rejects.toMatchObject(refusal);
    const out = join(directory, 'out');
    await expect(registry.export('topic', 2, out)).rejects.toMatchObject(refusal);
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(registry.verifiedDirectoryOf('topic', 2)).rejects.toMatchObject(refusal);
    expect(await registry.live('topic')).toBe(1);
  });

  test('never promotes a model whose files are gone, and says how to get them back', async () => {
    await register('run-1');
    await register('run-2');
    await rm(registry.directoryOf('topic', 2), { recursive: true });
    await expect(registry.promote('topic', 2, { by: 'ann' })).rejects.toMatchObject({
      where: registry.directoryOf('topic', 2),
      hint: 'Restore the folder from a copy, or build it again with `homegrown climb --fresh`.',
    });
  });

  test('never rolls back to a model whose files are gone', async () => {
    await register('run-1');
    await register('run-2');
    await registry.promote('topic', 2, { by: 'ann' });
    await rm(registry.directoryOf('topic', 1), { recursive: true });
    await expect(registry.rollback('topic', { by: 'ann' })).rejects.toMatchObject({
      code: 'model/no-manifest',
    });
    expect(await registry.live('topic')).toBe(2);
  });

  test('names what exists when a model or version does not', async () => {
    await register('run-1');
    await expect(registry.promote('topik', 1, { by: 'ann' })).rejects.toMatchObject({
      code: 'registry/unknown-model',
      hint: 'Did you mean "topic"?',
    });
    await expect(registry.promote('topic', 4, { by: 'ann' })).rejects.toMatchObject({
      code: 'registry/unknown-version',
      expected: 'one of 1',
    });
    await expect(registry.rollback('none', { by: 'ann' })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HomegrownError: nothing is live for "none", so there is nothing to roll back]`,
    );
    await expect(registry.rollback('topic', { by: 'ann' })).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HomegrownError: topic@1 is the first live model of this task: there is none before it to go back to]`,
    );
  });
});

describe('export', () => {
  test('copies a verified folder that answers on its own', async () => {
    await register('run-1');
    const out = join(directory, 'out', 'model');
    await registry.export('topic', 1, out);
    const model = await loadKeywordModel(out);
    expect((await model.predict(['good']))[0]!.label).toBe('yes');
    expect(await readFile(join(out, 'homegrown.json'), 'utf8')).toContain('"run": "run-1"');
  });

  test('takes an empty directory, refuses a full one and a file', async () => {
    await register('run-1');
    const out = join(directory, 'out');
    await mkdir(out);
    await registry.export('topic', 1, out);
    await expect(registry.export('topic', 1, out)).rejects.toMatchObject({ code: 'registry/not-empty' });
    const file = join(directory, 'file');
    await writeFile(file, '');
    await expect(registry.export('topic', 1, file)).rejects.toMatchObject({
      code: 'registry/not-a-directory',
    });
  });

  test('refuses to export a damaged model and leaves nothing there', async () => {
    await register('run-1');
    const damaged = join(registry.directoryOf('topic', 1), 'keywords.json');
    await writeFile(damaged, '{}');
    const out = join(directory, 'out');
    const refusal = { code: 'model/changed-file', where: damaged };
    await expect(registry.export('topic', 1, out)).rejects.toMatchObject(refusal);
    await expect(readdir(out)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});

const estimate = { value: 0.8, low: 0.7, high: null };
const quality = {
  examples: 100,
  groups: 90,
  accuracy: estimate,
  macroF1: estimate,
  calibrationError: null,
  unusable: 0,
};
const EVALUATION: EvaluationSummary = {
  run: 'run-1',
  dataset: 'abc',
  candidate: 'bag',
  metric: 'accuracy',
  protocol: 'held-out',
  quality: estimate,
  validation: quality,
  heldOut: quality,
  p95LatencyMs: 0.05,
  costPer1kUsd: null,
  modelBytes: 1000,
};
