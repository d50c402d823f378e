import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadKeywordModel, saveKeywordModel } from '../../test/support/keyword-model.ts';
import { describeWithPostgres } from '../../test/support/postgres.ts';
import { FOLDERS } from '../../test/support/serve-keyword-model.ts';
import { openPostgresStore } from '../store/postgres/postgres-store.ts';
import type { Store } from '../store/store.ts';
import { type Registry, registryOver } from './registry.ts';

describeWithPostgres('model files for machines that share a database and no disk', (server) => {
  let directory: string;
  let here: Registry;
  let there: Registry;
  let store: Store;

  const open = async (url: string, disk: string): Promise<Registry> =>
    registryOver({
      store: await openPostgresStore(url),
      folders: FOLDERS,
      modelsDirectory: join(directory, disk),
    });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'homegrown-replicas-'));
    const url = await server().createDatabase();
    here = await open(url, 'here');
    there = await open(url, 'there');
    store = await openPostgresStore(url);
  });
  afterEach(async () => {
    await here.close();
    await there.close();
    await store.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function candidate(run: string): Promise<string> {
    const folder = join(directory, 'candidates', run);
    await saveKeywordModel(folder, { task: 'topic', keywords: { yes: 'good', no: 'bad' }, run });
    return folder;
  }
  const register = async (registry: Registry, run: string): Promise<number> => {
    const options = { directory: await candidate(run), task: 'topic', evaluation: null };
    return (await registry.register({ ...options, goLive: 'if-first' })).version;
  };

  test('an empty disk fetches what was registered elsewhere, once for all who ask at the same time', async () => {
    await register(here, 'run-1');
    const folders = await Promise.all(Array.from({ length: 5 }, () => there.verifiedDirectoryOf('topic', 1)));
    expect(new Set(folders)).toEqual(new Set([join(directory, 'there', 'topic', '1')]));
    const model = await loadKeywordModel(folders[0]!);
    expect((await model.predict(['a bad day']))[0]!.label).toBe('no');
    expect(await readdir(join(directory, 'there', 'topic'))).toEqual(['1']);
  });

  test('a damaged folder is replaced by what was registered', async () => {
    await register(here, 'run-1');
    const folder = await there.verifiedDirectoryOf('topic', 1);
    await writeFile(join(folder, 'keywords.json'), '{}');
    await expect(there.verifiedDirectoryOf('topic', 1)).resolves.toBe(folder);
    expect((await loadKeywordModel(folder)).labels).toEqual(['yes', 'no']);
    expect(await readdir(join(directory, 'there', 'topic'))).toEqual(['1']);
  });

  test('another model in the place of a version is replaced too', async () => {
    await register(here, 'run-1');
    const foreign = await candidate('run-2');
    await mkdir(join(directory, 'there', 'topic'), { recursive: true });
    await cp(foreign, join(directory, 'there', 'topic', '1'), { recursive: true });
    const folder = await there.verifiedDirectoryOf('topic', 1);
    expect((await loadKeywordModel(folder)).manifest.lineage.run).toBe('run-1');
  });

  test('two machines that register at once get different versions, each with its own files', async () => {
    const runs = Array.from({ length: 8 }, (_, index) => `run-${index}`);
    const versions = await Promise.all(
      runs.map((run, index) => register(index % 2 === 0 ? here : there, run)),
    );
    expect(new Set(versions).size).toBe(8);
    for (const [index, version] of versions.entries()) {
      for (const registry of [here, there]) {
        const model = await loadKeywordModel(await registry.verifiedDirectoryOf('topic', version));
        expect(model.manifest.lineage.run).toBe(runs[index]);
      }
    }
  });

  test('a version that took the place of one with erased examples is fetched elsewhere, and the old one is in no database', async () => {
    await register(here, 'run-1');
    const replacement = { directory: await candidate('run-2'), by: 'test', at: '2026-01-01T00:00:00.000Z' };
    expect(await here.replace('topic', 1, replacement)).toBe(2);
    expect(await there.live('topic')).toBe(2);
    const model = await loadKeywordModel(await there.verifiedDirectoryOf('topic', 2));
    expect(model.manifest.lineage.run).toBe('run-2');
    await expect(there.verifiedDirectoryOf('topic', 1)).rejects.toMatchObject({ code: 'model/no-manifest' });
  });

  test('a copy of a replaced version on another disk is not deployed, exported, or put back into the database', async () => {
    await register(here, 'run-1');
    await there.verifiedDirectoryOf('topic', 1);
    const at = '2026-01-01T00:00:00.000Z';
    await here.replace('topic', 1, { directory: await candidate('run-2'), by: 'test', at });
    await store.erasures.add({
      format: 1,
      id: 'era_1',
      dryRun: false,
      startedAt: at,
      finishedAt: at,
      by: 'test',
      subject: { kind: 'user', hash: 'a'.repeat(64), key: 'b'.repeat(8) },
      captures: 1,
      feedback: 0,
      datasets: [],
      cachedCalls: 0,
      reports: [],
      models: [{ task: 'topic', version: 1, examples: 1, replacedBy: 2 }],
      runFiles: 0,
      temporaryFiles: 0,
      trainedOn: [],
      yours: [],
    });
    const erased = { code: 'registry/erased-model', hint: 'topic@2 is the same model without them.' };
    await expect(there.promote('topic', 1, { by: 'test' })).rejects.toMatchObject(erased);
    await expect(there.export('topic', 1, join(directory, 'exported'))).rejects.toMatchObject(erased);
    expect(await store.modelFiles!.list({ task: 'topic', version: 1 })).toEqual([]);
    expect(await there.live('topic')).toBe(2);
  });

  test('a replacement killed while the old files went is gone on with', async () => {
    await register(here, 'run-1');
    const folder = here.directoryOf('topic', 1);
    expect(await here.endReplacement('topic', 1)).toBe(null);
    const tombstone = { format: 1, at: '2026-01-01T00:00:00.000Z', replacedBy: 2 };
    await writeFile(join(folder, 'erased.json'), JSON.stringify(tombstone));
    await rm(join(folder, 'homegrown.json'));
    expect(await here.endReplacement('topic', 1)).toBe(2);
    expect(await readdir(folder)).toEqual(['erased.json']);
    await expect(there.verifiedDirectoryOf('topic', 1)).rejects.toMatchObject({ code: 'model/no-manifest' });
  });

  test('what was removed as garbage is gone from the database too', async () => {
    await register(here, 'run-1');
    await register(here, 'run-2');
    await there.verifiedDirectoryOf('topic', 2);
    const removed = await here.collectGarbage({ keep: 0, graceMs: 10 });
    expect(removed.map(({ version }) => version)).toEqual([2]);
    await rm(join(directory, 'there'), { recursive: true });
    await expect(there.verifiedDirectoryOf('topic', 2)).rejects.toMatchObject({ code: 'model/no-manifest' });
    await expect(there.verifiedDirectoryOf('topic', 1)).resolves.toBe(join(directory, 'there', 'topic', '1'));
  });
});
