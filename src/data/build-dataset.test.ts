import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { allExamples, findingOf, plainRows, TemporaryProject } from './temporary-project.conformance.ts';
import { listDatasetVersions, openDatasetVersion } from './dataset-version.ts';
import { splitOfGroup } from './split.ts';

let project: TemporaryProject;
beforeEach(async () => {
  project = await TemporaryProject.create();
});
afterEach(async () => {
  await project.remove();
});

describe('a version', () => {
  test('holds what was read, and reads back', async () => {
    await project.writeRows('a.jsonl', [
      { input: 'where is my parcel', output: 'shipping', group: 'u1', time: '2026-03-01 10:00', weight: 2 },
      { input: 'refund please', output: 'billing', group: 7, time: 1_767_225_600 },
      { input: 'code 001', output: '001', group: 'u1' },
    ]);
    const version = await project.build({ data: 'a.jsonl' });
    const examples = await allExamples(version);
    expect(examples.find(({ output }) => output === 'shipping')).toEqual({
      id: '59abaaffaef47191',
      input: 'where is my parcel',
      output: 'shipping',
      group: 'u1',
      split: splitOfGroup('u1'),
      time: '2026-03-01T10:00:00.000Z',
      weight: 2,
      origin: { file: 'a.jsonl', line: 1 },
    });
    expect(examples.map(({ output }) => output).toSorted()).toEqual(['001', 'billing', 'shipping']);
    expect(examples.find(({ group }) => group === '7')?.time).toBe('2026-01-01T00:00:00.000Z');
    expect(version.manifest).toMatchObject({ rowsRead: 3, examples: 3, groups: 2 });
    const reopened = await openDatasetVersion(version.directory, { verify: true });
    expect(reopened.manifest).toEqual(version.manifest);
    expect(await allExamples(reopened)).toEqual(examples);
    expect((await listDatasetVersions(project.datasetsDir)).map(({ directory }) => directory)).toEqual([
      version.directory,
    ]);
  });

  test('is the same whatever the order of the files and lines, but for the origins', async () => {
    const rows = [...plainRows(60), ...plainRows(20)];
    await project.writeRows('a.jsonl', rows.slice(0, 40));
    await project.writeRows('b.jsonl', rows.slice(40));
    const one = await project.build({ data: ['a.jsonl', 'b.jsonl'] });
    const other = await project.build({ data: ['b.jsonl', '*.jsonl'] });
    expect(other.manifest.hash).toBe(one.manifest.hash);
    await project.writeRows('b.jsonl', rows.slice(40).toReversed());
    const reversed = await project.build({ data: '*.jsonl' });
    const content = async (version: typeof one): Promise<unknown> =>
      (await allExamples(version)).map((example) => ({ ...example, origin: null }));
    expect(await content(reversed)).toEqual(await content(one));
  });

  test('never moves an example when data is added', async () => {
    await project.writeRows('a.jsonl', plainRows(300));
    const before = await allExamples(await project.build({ data: '*.jsonl' }));
    await project.writeRows('0.jsonl', plainRows(300, 200));
    const after = await project.build({ data: '*.jsonl' });
    const splits = new Map((await allExamples(after)).map(({ id, split }) => [id, split]));
    expect(before.map(({ id }) => splits.get(id))).toEqual(before.map(({ split }) => split));
    expect(after.manifest.examples).toBe(500);
  });

  test('is about 80/10/10 and keeps trivial variants together', async () => {
    const rows = plainRows(1500);
    const shouted = rows.map(({ input, output }) => ({ input: `  ${input.toUpperCase()}  `, output }));
    await project.writeRows('a.jsonl', [...rows, ...shouted]);
    const version = await project.build({ data: 'a.jsonl' });
    const { train, validation, heldOut } = version.manifest.splits;
    expect(train / 3000).toBeCloseTo(0.8, 1);
    expect(validation / 3000).toBeCloseTo(0.1, 1);
    expect(train + validation + heldOut).toBe(3000);
    expect(version.manifest.groups).toBe(1500);
    expect(await allExamples(version, 'held-out')).toHaveLength(heldOut);
    expect(version.examples('held-out').count).toBe(heldOut);
    expect(findingOf(version, 'near-duplicates-across-splits').count).toBe(0);
    expect(findingOf(version, 'near-duplicates').count).toBeGreaterThan(2900);
  });

  test('is found again without parsing, and built again when a byte changes', async () => {
    await project.writeRows('a.jsonl', plainRows(50));
    const first = await project.build({ data: 'a.jsonl' });
    const made = (await stat(join(first.directory, 'examples.jsonl'))).mtimeMs;
    const messages: string[] = [];
    const again = await project.build({ data: 'a.jsonl' }, { progress: (message) => messages.push(message) });
    expect(again.manifest).toEqual(first.manifest);
    expect(messages).not.toContain('reading');
    expect((await stat(join(first.directory, 'examples.jsonl'))).mtimeMs).toBe(made);
    const text = await readFile(join(project.directory, 'a.jsonl'), 'utf8');
    await project.write('a.jsonl', text.replace('request', 'requesT'));
    expect((await project.build({ data: 'a.jsonl' })).manifest.hash).not.toBe(first.manifest.hash);
    expect(await listDatasetVersions(project.datasetsDir)).toHaveLength(2);
  });

  test('that was damaged is named, and made again by the next build', async () => {
    await project.writeRows('a.jsonl', plainRows(50));
    const version = await project.build({ data: 'a.jsonl' });
    const path = join(version.directory, 'examples.jsonl');
    const bytes = await readFile(path);
    bytes[40]! ^= 1;
    await writeFile(path, bytes);
    await expect(openDatasetVersion(version.directory, { verify: true })).rejects.toMatchObject({
      code: 'data/damaged-version',
      where: path,
    });
    const again = await project.build({ data: 'a.jsonl' });
    expect(again.directory).toBe(version.directory);
    await openDatasetVersion(again.directory, { verify: true });
  });
});

describe('curation', () => {
  test('accounts for every row', async () => {
    await project.write(
      'a.jsonl',
      [
        ...plainRows(40).map((row) => JSON.stringify(row)),
        '{"input":"same","output":"a"}',
        '{"input":"same","output":"a"}',
        '{"input":"same","output":"b"}',
        '{"input":"tie","output":"a"}',
        '{"input":"tie","output":"b"}',
        '{"input":"heavy","output":"a"}',
        '{"input":"heavy","output":"b","weight":3}',
        '{"input":" \\t ","output":"a"}',
        `{"input":"${'long '.repeat(30)}","output":"a"}`,
        '{"input":3,"output":"a"}',
        '',
      ].join('\n'),
    );
    const version = await project.build(
      { data: 'a.jsonl', curation: { maxInputLength: 100 } },
      { skipBad: true },
    );
    const { manifest } = version;
    const removed = manifest.curation.reduce((sum, finding) => sum + finding.removed, 0);
    expect(manifest.rowsRead).toBe(50);
    expect(manifest.rowsRead - removed).toBe(manifest.examples);
    const counts = Object.fromEntries(
      manifest.curation.map(({ check, count, removed: gone }) => [check, [count, gone]]),
    );
    expect(counts).toMatchObject({
      'bad-lines': [1, 1],
      'empty-inputs': [1, 1],
      'over-long-inputs': [1, 1],
      'exact-duplicates': [1, 1],
      'conflicting-outputs': [6, 4],
      'group-across-splits': [0, 0],
    });
    const examples = await allExamples(version);
    const outputOf = (input: string): unknown => examples.find((example) => example.input === input)?.output;
    expect([outputOf('same'), outputOf('heavy'), outputOf('tie')]).toEqual(['a', 'b', undefined]);
    expect(findingOf(version, 'conflicting-outputs').samples[0]).toBe(
      '"same" → "a" 2× (a.jsonl:41), "b" 1× (a.jsonl:43): kept "a"',
    );
    expect(findingOf(version, 'bad-lines').samples).toEqual([
      'a.jsonl:50: expected text as the input ("input"), found 3',
    ]);
  });

  test('drops all of a conflict when asked to', async () => {
    await project.writeRows('a.jsonl', [
      ...plainRows(10),
      { input: 'same', output: 'a' },
      { input: 'same', output: 'a' },
      { input: 'same', output: 'b' },
    ]);
    const version = await project.build({ data: 'a.jsonl', curation: { conflictingOutputs: 'drop' } });
    expect((await allExamples(version)).map(({ input }) => input)).not.toContain('same');
  });

  test('obeys a split column and keeps held-out unseen', async () => {
    await project.writeRows('a.jsonl', [
      { input: 'one', output: 'a', split: 'train', group: 'g1' },
      { input: 'two', output: 'b', split: 'test', group: 'g1' },
      { input: 'three', output: 'a', split: 'dev', group: 'g2' },
      { input: 'four', output: 'b', split: 'Training', group: 'g3' },
      { input: 'five', output: 'b', split: 'holdout', group: 'g4' },
      { input: 'five', output: 'b', split: 'train', group: 'g5' },
    ]);
    const version = await project.build({ data: 'a.jsonl' });
    const splits = Object.fromEntries((await allExamples(version)).map(({ input, split }) => [input, split]));
    expect(splits).toEqual({ two: 'held-out', three: 'validation', four: 'train', five: 'held-out' });
    expect(findingOf(version, 'group-across-splits')).toMatchObject({
      count: 1,
      removed: 1,
      severity: 'warning',
    });
    expect(version.manifest.groups).toBe(4);
    expect(version.manifest.splits).toEqual({ train: 1, validation: 1, heldOut: 2 });
  });

  test('reports near duplicates that flatter held-out', async () => {
    const rows = plainRows(30).flatMap(({ input, output }, index) => {
      const text = `${input} and a long enough tail that stays the very same in all of them number ${index}`;
      return [
        { input: text, output, split: 'train', group: `a${index}` },
        { input: `${text}!`, output, split: index === 0 ? 'test' : 'train', group: `b${index}` },
      ];
    });
    await project.writeRows('a.jsonl', rows);
    const version = await project.build({ data: 'a.jsonl' });
    expect(findingOf(version, 'near-duplicates')).toMatchObject({ count: 60, removed: 0 });
    const across = findingOf(version, 'near-duplicates-across-splits');
    expect(across).toMatchObject({ count: 1, severity: 'warning' });
    expect(across.samples).toHaveLength(1);
  });

  test('reports thin classes and outputs that differ in case alone', async () => {
    await project.writeRows('a.jsonl', [...plainRows(60), { input: 'only one', output: 'Billing ' }]);
    const version = await project.build({ data: 'a.jsonl' });
    expect(findingOf(version, 'thin-classes')).toMatchObject({ count: 1, samples: ['"Billing ": 1'] });
    expect(findingOf(version, 'similar-outputs').samples).toEqual(['"Billing " (1), "billing" (20)']);
  });

  test('takes hostile text as it is, and mends half surrogate pairs', async () => {
    const inputs = [
      '\0',
      'a\0b',
      '👩‍👩‍👧',
      'مرحبا \u202e abc',
      'x'.repeat(900_000),
      '\u2028',
      '\ufeff',
      'é',
      'e\u0301',
    ];
    const lines = inputs.map((input, index) => JSON.stringify({ input, output: `o${index % 2}` }));
    await project.write(
      'a.jsonl',
      [...lines, '{"input":"half \\ud800","output":"o1"}', '{"input":"half \\udc00","output":"o1"}'].join(
        '\r\n',
      ),
    );
    const version = await project.build({ data: 'a.jsonl' });
    const kept = (await allExamples(version)).map(({ input }) => input);
    const usable = inputs.filter((input) => input.trim() !== '');
    expect(new Set(kept)).toEqual(new Set([...usable, 'half \ufffd']));
    expect(findingOf(version, 'broken-characters').count).toBe(2);
    expect(findingOf(version, 'exact-duplicates').count).toBe(1);
  });
});

describe('a build that fails', () => {
  test.each([
    [
      'one class',
      [
        { input: 'a', output: 'x' },
        { input: 'b', output: 'x' },
      ],
      'data/single-class',
      'one, "x", in 2 examples',
    ],
    [
      'one group',
      [
        { input: 'a', output: 'x', group: 1 },
        { input: 'b', output: 'y', group: 1 },
      ],
      'data/single-group',
      'one group for 2 examples (column "group")',
    ],
    ['nothing left', [{ input: ' ', output: 'x' }], 'data/no-examples', '1 row: 1 with an empty input'],
    [
      'only ties',
      [
        { input: 'a', output: 'x' },
        { input: 'a', output: 'y' },
      ],
      'data/no-examples',
      '2 rows: 2 with contradicting outputs',
    ],
  ])('for %s says so', async (_, rows, code, found) => {
    await project.writeRows('a.jsonl', rows);
    expect(await project.failure({ data: 'a.jsonl' })).toMatchObject({ code, found });
    expect(await project.leftovers()).toEqual([]);
    expect(await listDatasetVersions(project.datasetsDir)).toEqual([]);
  });

  test('because there are too many outputs says so', async () => {
    const rows = Array.from({ length: 10_001 }, (_, index) => ({
      input: `text ${index}`,
      output: `id-${index}`,
    }));
    await project.writeRows('a.jsonl', rows);
    expect((await project.failure({ data: 'a.jsonl' })).code).toBe('data/too-many-outputs');
  });

  test('because the directory cannot be written says so', async () => {
    await project.writeRows('a.jsonl', plainRows(10));
    await project.write('.homegrown', 'a file where the directory should be');
    const error = await project.failure({ data: 'a.jsonl' });
    expect(error.code).toBe('file/write-failed');
    expect(error.where).toContain('.homegrown');
  });

  test('by interruption leaves nothing behind', async () => {
    await project.writeRows('a.jsonl', plainRows(5000));
    for (const stage of ['reading', 'curating', 'looking for near duplicates', 'writing the version']) {
      const controller = new AbortController();
      const progress = (message: string): void => {
        if (message === stage) controller.abort();
      };
      const outcome = project.build({ data: 'a.jsonl' }, { signal: controller.signal, progress });
      await expect(outcome, stage).rejects.toMatchObject({ code: 'data/interrupted', exitCode: 130 });
      expect(await project.leftovers(), stage).toEqual([]);
    }
    expect(await listDatasetVersions(project.datasetsDir)).toEqual([]);
    expect((await project.build({ data: 'a.jsonl' })).manifest.examples).toBe(5000);
  });
});

test('what a killed build left behind is swept by the next', async () => {
  await project.writeRows('a.jsonl', plainRows(20));
  const version = await project.build({ data: 'a.jsonl' });
  const { createBuildDirectory } = await import('./build-directory.ts');
  const mine = await createBuildDirectory(project.datasetsDir);
  const { mkdir, rm } = await import('node:fs/promises');
  const dead = mine.replace(/-\d+-([0-9a-f]{12})\.tmp$/u, '-999999999-$1.tmp');
  await mkdir(dead);
  await project.writeRows('a.jsonl', plainRows(21));
  await project.build({ data: 'a.jsonl' });
  expect(await project.leftovers()).toEqual([mine.slice(mine.lastIndexOf('.build'))]);
  await rm(mine, { recursive: true });
  expect(version.manifest.examples).toBe(20);
});

test('two builds at once make the same version', async () => {
  await project.writeRows('a.jsonl', plainRows(200));
  const versions = await Promise.all([1, 2, 3].map(() => project.build({ data: 'a.jsonl' })));
  expect(new Set(versions.map(({ directory }) => directory)).size).toBe(1);
  await openDatasetVersion(versions[0]!.directory, { verify: true });
  expect(await project.leftovers()).toEqual([]);
});
