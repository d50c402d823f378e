import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { capturedCall, feedbackOn } from '../../../test/support/captured-call.ts';
import { describeWithPostgres } from '../../../test/support/postgres.ts';
import { captured } from '../../schema/captured-source.ts';
import { filesUnder } from '../../util/files-under.ts';
import { sha256OfFile } from '../../util/content-hash.ts';
import { openProject, type Project } from '../project.ts';

const config = { tasks: { topic: { kind: 'classify' as const, data: captured(), rungs: ['bag' as const] } } };
const CALLS = 700;

let root: string;
let project: Project;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'homegrown-transfer-'));
  project = await openProject(join(root, 'one'), { config });
});
afterEach(async () => {
  await project.close();
  await rm(root, { recursive: true, force: true });
});

/** Captures of all shapes, feedback, a climb with its model live and rolled back, a key, an erasure. */
async function fill(): Promise<void> {
  const { store } = project;
  const calls = Array.from({ length: CALLS }, (_, index) =>
    capturedCall(index + 1, {
      input: `text ${index % 2 === 0 ? 'of cats' : 'of bread'} ${index} "quoted" \u0000 🙂`,
      label: index % 2 === 0 ? 'animal' : 'food',
      user: `u${index % 50}`,
      group: index % 7 === 0 ? `g${index}` : null,
      tags: index % 3 === 0 ? { plan: 'pro', 'odd name': '' } : {},
      ...(index % 100 === 99
        ? {
            response: null,
            status: 502,
            error: { code: 'reset', message: 'cut' },
            costUsd: null,
            target: null,
            answeredAs: null,
          }
        : {}),
    }),
  );
  await store.inferences.append(calls);
  await store.feedback.append([
    ...calls.map((_, index) =>
      feedbackOn(index + 1, index % 10 === 3 ? { kind: 'corrected', output: 'food' } : { kind: 'accepted' }),
    ),
    feedbackOn(5, { kind: 'score', score: 0.5 }, { by: 'u4' }),
    { ...feedbackOn(1, { kind: 'rejected' }), inference: 'inf_not_here', comment: 'a “comment”' },
  ]);
  await project.climb();
  await project.models.rollback('topic', { by: 'test', toUpstream: true });
  await project.models.promote('topic', 1, { by: 'test', reason: 'again' });
  await project.keys.create({ name: 'shop', limits: [{ what: 'usd', per: 'day', most: 0.5 }] });
  await project.erase({ subject: { kind: 'user', id: 'u49' }, by: 'test' });
}

/** What two exports must have in common, file by file; when they were made differs. */
async function contentOf(directory: string): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const path of filesUnder(directory)) {
    const name = relative(directory, path);
    if (name !== 'export.json') files[name] = await sha256OfFile(path);
  }
  return files;
}

const nothing = {
  inferences: 0,
  feedback: 0,
  models: 0,
  deployments: 0,
  transitions: 0,
  keys: 0,
  erasures: 0,
  datasets: 0,
  modelFolders: 0,
  reports: 0,
};

test(
  'an export imported elsewhere and exported again is the same, byte by byte',
  { timeout: 120_000 },
  async () => {
    await fill();
    const [first, second] = [join(root, 'first'), join(root, 'second')];
    const manifest = await project.exportAll(first);
    expect(manifest.counts).toEqual({
      inferences: CALLS - CALLS / 50,
      feedback: CALLS - CALLS / 50 + 2,
      models: 1,
      deployments: 1,
      transitions: 3,
      keys: 1,
      erasures: 1,
      datasets: 2,
      modelFolders: 1,
      reports: 1,
    });
    const other = await openProject(join(root, 'two'), { config });
    try {
      const imported = await other.importAll(first);
      expect(imported).toEqual({ found: manifest.counts, added: manifest.counts, erased: 0 });
      expect((await other.exportAll(second)).counts).toEqual(manifest.counts);
      expect(await contentOf(second)).toEqual(await contentOf(first));
      expect(await other.importAll(first)).toEqual({ found: manifest.counts, added: nothing, erased: 0 });
      expect(await other.models.live('topic')).toBe(1);
      const predictor = await other.predictor('topic');
      expect((await predictor.predict(['text of cats']))[0]?.label).toBe('animal');
      await predictor.close();
      expect((await other.report()).report.task).toBe('topic');
    } finally {
      await other.close();
    }
  },
);

test('tables hold the same as JSON lines, and no secret', async () => {
  await fill();
  const directory = join(root, 'export');
  await project.exportAll(directory);
  const lines = (await readFile(join(directory, 'inferences.jsonl'), 'utf8')).trimEnd().split('\n');
  const file = await asyncBufferFromFile(join(directory, 'inferences.parquet'));
  const rows = await parquetReadObjects({ file });
  expect(rows).toHaveLength(lines.length);
  for (const [index, line] of lines.entries()) {
    const call = JSON.parse(line) as Record<string, never> & { tokens: Record<string, number | null> };
    const row = rows[index]!;
    expect(row['id']).toBe(call['id']);
    expect(row['request']).toBe(call['request']);
    expect(row['response']).toBe(call['response']);
    expect(row['cost_usd']).toBe(call['costUsd']);
    expect(row['output_tokens']).toBe(call.tokens['output']);
    expect(row['reasoning_tokens']).toBeNull();
    expect(JSON.parse(String(row['tags']))).toEqual(call['tags']);
  }
  const [key] = await project.store.keys.list();
  for await (const path of filesUnder(directory))
    expect(await readFile(path, 'latin1')).not.toContain(key!.hash);
  await expect(project.exportAll(directory)).rejects.toMatchObject({ code: 'transfer/not-empty' });
});

test('a damaged export changes nothing', async () => {
  await project.store.inferences.append([capturedCall(1)]);
  const directory = join(root, 'export');
  await project.exportAll(directory);
  const other = await openProject(join(root, 'two'), { config });
  try {
    for (const [name, change] of [
      ['inferences.jsonl', 'more\n'],
      ['feedback.jsonl', '{}\n'],
    ] as const) {
      const copy = join(root, `copy-${name}`);
      await cp(directory, copy, { recursive: true });
      await writeFile(join(copy, name), change, { flag: 'a' });
      await expect(other.importAll(copy)).rejects.toMatchObject({
        code: 'transfer/damaged-export',
        where: name,
      });
    }
    await expect(other.importAll(root)).rejects.toMatchObject({ code: 'transfer/no-export', exitCode: 2 });
    expect(await other.store.inferences.count({})).toBe(0);
  } finally {
    await other.close();
  }
});

test('an export from before an erasure does not bring the erased back', async () => {
  const { store } = project;
  await store.inferences.append([1, 2, 3].map((number) => capturedCall(number, { user: `u${number}` })));
  await store.feedback.append(
    [1, 2, 3].map((number) => feedbackOn(number, { kind: 'accepted' }, { by: `u${number}` })),
  );
  const directory = join(root, 'export');
  await project.exportAll(directory);
  await project.erase({ subject: { kind: 'user', id: 'u2' }, by: 'test' });
  const imported = await project.importAll(directory);
  expect(imported).toMatchObject({ erased: 1, added: nothing });
  expect((await store.inferences.page({})).rows.map(({ user }) => String(user)).toSorted()).toEqual([
    'u1',
    'u3',
  ]);
  expect((await store.feedback.page()).rows.map(({ by }) => String(by)).toSorted()).toEqual(['u1', 'u3']);
  expect(await readdir(join(project.directory, '.homegrown', 'erasures'))).not.toContain('pending');
});

test('an export whose models contradict those here is refused before anything is imported', async () => {
  await fill();
  const [first, second] = [join(root, 'first'), join(root, 'second')];
  await project.exportAll(first);
  const other = await openProject(join(root, 'two'), { config });
  try {
    await other.importAll(first);
    const erasure = {
      ...(await project.erasures())[0]!,
      id: 'era_2',
      models: [{ task: 'topic', version: 1, examples: 1, replacedBy: 2 }],
    };
    await project.store.erasures.add(erasure);
    await project.exportAll(second);
    await expect(other.importAll(second)).rejects.toMatchObject({ code: 'transfer/deployed-model' });
    expect(await other.erasures()).toHaveLength(1);
    await other.models.stop('topic', 1, { action: 'retire', by: 'test' });
    expect((await other.importAll(second)).added).toEqual({ ...nothing, erasures: 1 });
  } finally {
    await other.close();
  }
  const foreign = await openProject(join(root, 'three'), { config });
  try {
    const record = (await project.store.models.find('topic', 1))!;
    await foreign.store.models.add({ ...record, fingerprint: 'f'.repeat(64) });
    await expect(foreign.importAll(first)).rejects.toMatchObject({ code: 'transfer/other-models' });
    expect(await foreign.erasures()).toEqual([]);
    expect(await foreign.store.inferences.count({})).toBe(0);
  } finally {
    await foreign.close();
  }
});

test('an export that cannot be written, or of a later format, is told in a sentence', async () => {
  const file = join(root, 'a-file');
  await writeFile(file, '');
  for (const directory of [file, join(file, 'below'), '/proc/nothing-can-be-made-here']) {
    await expect(project.exportAll(directory)).rejects.toMatchObject({
      code: 'file/write-failed',
      where: directory,
    });
  }
  const target = join(root, 'everything');
  await project.exportAll(target);
  const path = join(target, 'export.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('"format": 1', '"format": 99'));
  await expect(project.importAll(target)).rejects.toMatchObject({
    code: 'transfer/no-export',
    message: expect.stringMatching(/expected 1\n.*format/u),
  });
});

describeWithPostgres('an export imported into Postgres', (server) => {
  test('brings models to machines with an empty disk, also when it is repeated', async () => {
    const address = 'HOMEGROWN_TRANSFER_POSTGRES';
    await fill();
    const target = join(root, 'everything');
    await project.exportAll(target);
    process.env[address] = await server().createDatabase();
    const onPostgres = { ...config, store: { postgresUrlEnv: address } };
    const importing = await openProject(join(root, 'three'), { config: onPostgres });
    const empty = await openProject(join(root, 'four'), { config: onPostgres });
    try {
      await importing.importAll(target);
      await empty.models.verifiedDirectoryOf('topic', 1);
      await importing.store.modelFiles!.remove({ task: 'topic', version: 1 });
      expect((await importing.importAll(target)).added).toEqual(nothing);
      expect(await importing.store.modelFiles!.list({ task: 'topic', version: 1 })).not.toEqual([]);
    } finally {
      await importing.close();
      await empty.close();
      delete process.env[address];
    }
  });
});
