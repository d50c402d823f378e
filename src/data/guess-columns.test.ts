import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { configSource, guessColumns, renderColumnGuess } from './guess-columns.ts';
import { TemporaryProject } from './temporary-project.conformance.ts';

let project: TemporaryProject;
beforeEach(async () => {
  project = await TemporaryProject.create();
});
afterEach(async () => {
  await project.remove();
});

const row = (index: number): Record<string, string | number> => ({
  id: `t-${index}`,
  created_at: `2026-01-${String((index % 28) + 1).padStart(2, '0')} 10:00`,
  user_id: index % 40,
  message: `my parcel number ${index * 7919} has not arrived, what now`,
  topic: ['billing', 'shipping', 'login'][index % 3]!,
  priority: (index % 2) + 1,
});

function columnsOf(guess: Awaited<ReturnType<typeof guessColumns>>): Record<string, string | null> {
  return Object.fromEntries(
    Object.entries(guess.columns).map(([part, chosen]) => [part, chosen?.column ?? null]),
  );
}

const expected = {
  input: 'message',
  output: 'topic',
  group: 'user_id',
  time: 'created_at',
  weight: null,
  split: null,
};

test('finds the columns of a CSV file and says why', async () => {
  const rows = Array.from({ length: 200 }, (_, index) => row(index));
  const lines = rows.map((cells) =>
    Object.values(cells)
      .map((cell) => `"${cell}"`)
      .join(';'),
  );
  const path = join(project.directory, 'tickets.csv');
  await writeFile(path, [Object.keys(row(0)).join(';'), ...lines].join('\n'));
  const guess = await guessColumns(path);
  expect(columnsOf(guess)).toEqual(expected);
  expect(guess).toMatchObject({ format: 'csv', rows: 200, rowsExact: true, problems: [] });
  expect(guess.outputs).toEqual({
    distinct: 3,
    commonest: [
      { label: 'billing', count: 67 },
      { label: 'shipping', count: 67 },
      { label: 'login', count: 66 },
    ],
  });
  expect(renderColumnGuess({ ...guess, file: 'tickets.csv' })).toMatchInlineSnapshot(`
    "tickets.csv: CSV, 200 rows, 6 columns

      input   "message": named so; text of 49 characters on average, 100 % of them different
      output  "topic": named so; 3 different values in 200 rows
      group   "user_id": ids that repeat: 40 different values in 200 rows; what shares one stays in
              one split
      time    "created_at": its values are points in time
      unused  "id", "priority"

      3 outputs: "billing" 67, "shipping" 67, "login" 66

      "my parcel number 0 has not arrived, what now" → "billing"
      "my parcel number 7919 has not arrived, what now" → "shipping"
      "my parcel number 15838 has not arrived, what now" → "login"
    "
  `);
  expect(configSource({ ...guess, file: "it's.csv" }, { taskName: 'support-topic' })).toMatchInlineSnapshot(`
    "import { defineConfig } from 'homegrown';

    export default defineConfig({
      tasks: {
        'support-topic': {
          kind: 'classify',
          data: ['it\\'s.csv'],
          columns: { input: 'message', output: 'topic', group: 'user_id', time: 'created_at' },
          metric: 'accuracy',
          tolerance: 0.01,
          budget: { minutes: 10 },
        },
      },
    });
    "
  `);
  const version = await project.build({
    data: 'tickets.csv',
    columns: { input: 'message', output: 'topic', group: 'user_id', time: 'created_at' },
  });
  expect(version.manifest).toMatchObject({ examples: 200, groups: 40 });
});

test('finds them in JSON lines and Parquet', async () => {
  const rows = Array.from({ length: 100 }, (_, index) => row(index));
  await project.writeRows('a.jsonl', rows);
  expect(columnsOf(await guessColumns(join(project.directory, 'a.jsonl')))).toEqual(expected);
  const columnData = Object.keys(row(0)).map((name) => ({ name, data: rows.map((cells) => cells[name]) }));
  await project.write('a.parquet', new Uint8Array(parquetWriteBuffer({ columnData })));
  expect(columnsOf(await guessColumns(join(project.directory, 'a.parquet')))).toEqual(expected);
});

test('sees a split column and turns off columns that are not what their names say', async () => {
  const rows = Array.from({ length: 60 }, (_, index) => ({
    input: `text number ${index}`,
    output: index % 2,
    weight: `${index} kg`,
    split: index % 5 === 0 ? 'test' : 'train',
  }));
  await project.writeRows('a.jsonl', rows);
  const guess = await guessColumns(join(project.directory, 'a.jsonl'));
  expect(columnsOf(guess)).toMatchObject({ input: 'input', output: 'output', split: 'split', weight: null });
  expect(configSource(guess, { taskName: 'topic' })).toContain('columns: { weight: null }');
});

test('says what is wrong with a file that does not fit', async () => {
  await project.write('a.csv', 'number,price\n1,2\n3,4\n');
  const guess = await guessColumns(join(project.directory, 'a.csv'));
  expect(guess.columns.input).toBeNull();
  expect(guess.problems[0]).toBe('No column looks like the input: text that differs from row to row.');
  expect(() => configSource(guess, { taskName: 'topic' })).toThrow('no column looks like the input');
  expect(() => configSource(guess, { taskName: 'topic' })).toThrow(
    expect.objectContaining({ hint: 'Name it yourself: --input <column>' }),
  );
  await expect(guessColumns(join(project.directory, 'b.csv'))).rejects.toMatchObject({
    code: 'data/no-such-file',
    message: 'b.csv: this file does not exist; found 1 data file there: a.csv',
    hint: 'Did you mean "a.csv"?',
  });
});

test.each([
  [
    'latin.csv',
    Buffer.from('text,mood\ncafé,good\nthé,bad\nwater,bad\n', 'latin1'),
    ':2',
    /0xE9 .* byte offset 13/u,
  ],
  [
    'latin.jsonl',
    Buffer.from('{"input":"café","output":"good"}\n', 'latin1'),
    ':1',
    /0xE9 .* byte offset 13/u,
  ],
  ['one-line.json', '[{"input":"a","output":"x"}]', ':1', /^a list$/u],
  [
    'list.jsonl',
    '[\n{"input":"a","output":"x"},\n{"input":"b","output":"y"}\n]\n',
    ':1',
    /JSON document over several lines/u,
  ],
])(
  '%s, of which most lines cannot be read, is refused with the first of them',
  async (name, bytes, line, found) => {
    await project.write(name, bytes);
    const path = join(project.directory, name);
    await expect(guessColumns(path)).rejects.toMatchObject({
      code: 'data/bad-lines',
      where: `${path}${line}`,
      found: expect.stringMatching(found),
    });
  },
);

test('a few lines that cannot be read are a problem to show, not a refusal', async () => {
  await project.write('a.jsonl', '{"input":"one","output":"x"}\n{"input":"two","output":"x"}\noops\n');
  const guess = await guessColumns(join(project.directory, 'a.jsonl'));
  expect(guess.problems[0]).toMatch(
    /^1 line cannot be read; the first is line 3: expected one JSON object a line/u,
  );
});

test.each([
  ['blank.jsonl', '\n\n', 'nothing but blank lines'],
  ['blank.csv', '\n\n', 'nothing but blank lines'],
  ['header.csv', 'text,mood\n', 'nothing after the names of the columns'],
])('%s has no rows', async (name, text, found) => {
  await project.write(name, text);
  const guessed = guessColumns(join(project.directory, name));
  await expect(guessed).rejects.toMatchObject({ code: 'data/empty-file', found });
});

test('one column cannot be input and output', async () => {
  await project.write('a.csv', 'text,mood\none,x\ntwo,y\n');
  const guessed = guessColumns(join(project.directory, 'a.csv'), { input: 'text', output: 'text' });
  await expect(guessed).rejects.toMatchObject({ code: 'data/same-column' });
});
