import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { placeOfExample } from './example-place.ts';
import { allExamples, findingOf, plainRows, TemporaryProject } from './temporary-project.conformance.ts';

let project: TemporaryProject;
beforeEach(async () => {
  project = await TemporaryProject.create();
});
afterEach(async () => {
  await project.remove();
});

/** Input → output of what a file gives. */
async function contentOf(name: string, config: object = {}): Promise<Record<string, string>> {
  const version = await project.build({ data: name, ...config });
  return Object.fromEntries((await allExamples(version)).map(({ input, output }) => [input, output]));
}

describe('JSON lines', () => {
  test('with a byte order mark, Windows line ends, blank lines and no last line feed', async () => {
    await project.write(
      'a.jsonl',
      '\uFEFF{"input":"one","output":"001"}\r\n\r\n{"input":"two","output":1}\r\n{"input":"three","output":true}',
    );
    expect(await contentOf('a.jsonl')).toEqual({ one: '001', two: '1', three: 'true' });
  });

  test('list every bad line with its place, what was expected and what was found', async () => {
    await project.write(
      'a.jsonl',
      Buffer.concat([
        Buffer.from('{"input":"fine","output":"a"}\n["no"]\n{"input":"x"}\n{"input":"x","output":null}\n'),
        Buffer.from('{"input":"x","output":{}}\n{"input":"x","output":"  "}\nnot json\n{"input":"caf'),
        Buffer.from([0xe9]),
        Buffer.from('","output":"a"}\n{"input":"x","output":"a","time":"31/12/2026"}\n'),
        Buffer.from(
          '{"input":"x","output":"a","weight":-1}\n{"input":"x","output":"a","split":"all"}\n{"input":"cut o',
        ),
      ]),
    );
    const error = await project.failure({ data: 'a.jsonl' });
    expect(error.code).toBe('data/bad-lines');
    expect(error.message).toMatchInlineSnapshot(`
      "11 of 12 lines cannot be used:
        a.jsonl:2: expected a JSON object, found a list
        a.jsonl:3: expected a key "output" for the output, found the keys "input"
        a.jsonl:4: expected a label as the output ("output"), found null
        a.jsonl:5: expected a label as the output ("output"), found an object
        a.jsonl:6: expected a label as the output ("output"), found empty text
        a.jsonl:7: expected one JSON object a line, found "not json" (Unexpected token 'o')
        a.jsonl:8: expected text in UTF-8, found byte 0xE9 ("é" in Windows-1252) at byte offset 155
        a.jsonl:9: expected ISO 8601 (2026-03-31T08:30:00Z) or Unix seconds as the time ("time"), found the text "31/12/2026"
        a.jsonl:10: expected a number above 0 as the weight ("weight"), found -1
        a.jsonl:11: expected train, validation (val, dev) or held-out (test) as the split ("split"), found the text "all"
        a.jsonl:12: expected one JSON object a line, found a last line that ends in the middle (the file looks truncated): "{\\"input\\":\\"cut o""
    `);
    const version = await project
      .build({ data: ['a.jsonl', 'b.jsonl'] }, { skipBad: true })
      .catch((failure: unknown) => failure);
    expect(version).toMatchObject({ code: 'data/no-such-file' });
    await project.writeRows('b.jsonl', plainRows(4));
    const skipped = await project.build({ data: '*.jsonl' }, { skipBad: true });
    expect(findingOf(skipped, 'bad-lines')).toMatchObject({ count: 11, removed: 11, severity: 'warning' });
    expect(skipped.manifest.examples).toBe(5);
  });

  test('count all bad lines and show twenty; a hopeless file is given up early', async () => {
    await project.write('a.jsonl', `${'{"input":"x"}\n'.repeat(25)}{"input":"x","output":"a"}\n`);
    const some = await project.failure({ data: 'a.jsonl' });
    expect(some.message).toContain('25 of 26 lines cannot be used');
    expect(some.message).toContain('… and 5 more');
    await project.write('a.jsonl', '{"text":"x","label":"a"}\n'.repeat(200_000));
    const early = await project.failure({ data: 'a.jsonl' });
    expect(early.message).toMatch(/none of the first [\d,]+ lines can be used/u);
    expect(early.hint).toContain('columns: { input:');
  });
});

describe('CSV', () => {
  test.each([
    [',', 'a.csv'],
    [';', 'a.csv'],
    ['\t', 'a.tsv'],
    ['|', 'a.csv'],
  ])('with %j between cells', async (delimiter, name) => {
    const rows = [
      ['input', 'output'],
      ['"say ""hi"", please"', '"a"'],
      ['"two\r\nlines"', 'b'],
      ['5" nail', 'a'],
      ['007', '001'],
    ];
    await project.write(name, `\uFEFF${rows.map((row) => row.join(delimiter)).join('\r\n')}\r\n\r\n`);
    expect(await contentOf(name)).toEqual({
      'say "hi", please': 'a',
      'two\r\nlines': 'b',
      '5" nail': 'a',
      '007': '001',
    });
  });

  test('names the line on which a bad record begins', async () => {
    await project.write(
      'a.csv',
      Buffer.concat([
        Buffer.from('input,output\n"two\nlines",a\n\none,b,extra\nlonely\n"NUL \0",a\n'),
        Buffer.from('caf\xe9,b\n', 'latin1'),
        Buffer.from('fine \uFFFD,b\n"never closed,a\nx,b\n'),
      ]),
    );
    const { message } = await project.failure({ data: 'a.csv' });
    expect(message).toMatchInlineSnapshot(`
      "5 of 7 lines cannot be used:
        a.csv:5: expected 2 cells, as in the header, found 3: "one | b | extra"
        a.csv:6: expected 2 cells, as in the header, found 1: "lonely"
        a.csv:7: expected text, found a NUL byte
        a.csv:8: expected text in UTF-8, found byte 0xE9 ("é" in Windows-1252) at byte offset 60
        a.csv:10: expected a closing double quote, found none: everything from this line to the end of the file was one cell"
    `);
  });

  test('with a quote that is never closed in a large file is an error, not a full memory', async () => {
    await project.write('a.csv', `input,output\nfine,a\n"open,b\n${'some text,a\n'.repeat(3_200_000)}`);
    expect(await project.failure({ data: 'a.csv' })).toMatchObject({
      code: 'data/csv-record-too-long',
      where: 'a.csv:3',
    });
  });

  test('without a needed column, or with one twice, says which there are', async () => {
    await project.write('a.csv', 'text,labl\nx,a\n');
    expect(
      await project.failure({ data: 'a.csv', columns: { input: 'text', output: 'label' } }),
    ).toMatchObject({
      code: 'data/missing-column',
      where: 'a.csv',
      expected: 'a column named "label"',
      found: 'the columns "text", "labl"',
      hint: 'Name the right column in the task’s config, for example: columns: { output: "labl" }',
    });
    await project.write('b.csv', 'input,input,output\nx,y,a\n');
    expect(await project.failure({ data: 'b.csv' })).toMatchObject({
      code: 'data/duplicate-column',
      where: 'b.csv:1',
    });
  });

  test('uses named columns, and ignores one that is turned off', async () => {
    await project.write('a.csv', 'text,kind,user,weight\nx,a,u1,3 kg\ny,b,u2,4 kg\n');
    const columns = { input: 'text', output: 'kind', group: 'user' };
    expect((await project.failure({ data: 'a.csv', columns })).message).toContain(
      'expected a number above 0 as the weight',
    );
    const version = await project.build({ data: 'a.csv', columns: { ...columns, weight: null } });
    expect(version.manifest.columns).toEqual({
      input: 'text',
      output: 'kind',
      group: 'user',
      time: null,
      weight: null,
      split: null,
    });
    expect((await allExamples(version)).map(({ group }) => group).toSorted()).toEqual(['u1', 'u2']);
  });
});

describe('Parquet', () => {
  const columns = (rows: number): Parameters<typeof parquetWriteBuffer>[0]['columnData'] => [
    { name: 'input', data: plainRows(rows).map(({ input }) => input), type: 'STRING' },
    { name: 'output', data: plainRows(rows).map((_, index) => index % 3), type: 'INT32' },
    { name: 'time', data: plainRows(rows).map((_, index) => new Date(1.7e12 + index)), type: 'TIMESTAMP' },
    { name: 'extra', data: plainRows(rows).map((_, index) => index / 3), type: 'DOUBLE' },
  ];
  const gzip = { GZIP: (input: Uint8Array): Uint8Array => gzipSync(input) };

  test.each(['UNCOMPRESSED', 'SNAPPY', 'GZIP'] as const)(
    'with %s pages, row group by row group',
    async (codec) => {
      await project.write(
        'a.parquet',
        new Uint8Array(
          parquetWriteBuffer({ columnData: columns(2500), codec, rowGroupSize: 400, compressors: gzip }),
        ),
      );
      const version = await project.build({ data: 'a.parquet' });
      const examples = await allExamples(version);
      expect(version.manifest).toMatchObject({ rowsRead: 2500, examples: 2500 });
      expect(examples.find(({ origin }) => placeOfExample(origin) === 'a.parquet:1234')).toMatchObject({
        input: plainRows(1, 1233)[0]!.input,
        output: '0',
        time: new Date(1.7e12 + 1233).toISOString(),
      });
    },
  );

  test('with a foreign compression, cut off, or no Parquet at all', async () => {
    const whole = Buffer.from(
      parquetWriteBuffer({
        columnData: columns(50),
        codec: 'LZ4',
        compressors: { LZ4: (input: Uint8Array) => input },
      }),
    );
    await project.write('a.parquet', whole);
    expect(await project.failure({ data: 'a.parquet' })).toMatchObject({
      code: 'data/parquet-compression',
      found: 'LZ4',
    });
    await project.write('a.parquet', whole.subarray(0, whole.length - 100));
    expect(await project.failure({ data: 'a.parquet' })).toMatchObject({
      code: 'data/damaged-parquet',
      where: 'a.parquet',
    });
    await project.write('a.parquet', 'input,output\n');
    expect((await project.failure({ data: 'a.parquet' })).code).toBe('data/not-parquet');
    await project.write('a.csv', whole);
    expect((await project.failure({ data: 'a.csv' })).code).toBe('data/wrong-format');
  });
});

describe('a file that is no data', () => {
  test.each([
    ['empty.jsonl', Buffer.alloc(0), 'data/empty-file', 'the file is empty'],
    ['blank.jsonl', Buffer.from('\n\n'), 'data/empty-file', 'no rows'],
    ['header.csv', Buffer.from('input,output\n'), 'data/empty-file', 'no line after the header'],
    ['packed.jsonl', gzipSync('{"input":"a","output":"b"}'), 'data/packed', 'a gzip archive'],
    ['book.csv', Buffer.from('PK\x03\x04rest'), 'data/packed', 'a zip archive or an Excel workbook'],
    [
      'wide.csv',
      Buffer.from('\uFEFFinput,output\na,b\n', 'utf16le'),
      'data/not-utf8',
      'UTF-16LE (its byte order mark)',
    ],
    [
      'wide.jsonl',
      Buffer.from('{"input":"a","output":"b"}\n', 'utf16le'),
      'data/not-utf8',
      'UTF-16LE (a zero in every second byte)',
    ],
    [
      'binary.jsonl',
      Buffer.from(Array.from({ length: 999 }, (_, i) => (i * 7) % 256)),
      'data/binary',
      'binary data',
    ],
    ['data.xyz', Buffer.from('input,output\n'), 'data/unknown-format', '.xyz'],
  ])('%s', async (name, bytes, code, found) => {
    await project.write(name, bytes);
    const error = await project.failure({ data: name });
    expect(error).toMatchObject({ code, found, where: name });
    expect(error.hint).toBeTruthy();
  });

  test('a JSON document over several lines', async () => {
    await project.write('a.json', JSON.stringify([{ input: 'a', output: 'b' }], null, 2));
    const error = await project.failure({ data: 'a.json' });
    expect(error.message).toContain('the beginning of a JSON document over several lines: "["');
  });

  test('a missing one, with the nearest name', async () => {
    await project.writeRows('tickets.jsonl', plainRows(3));
    expect(await project.failure({ data: 'ticket.jsonl' })).toMatchObject({
      code: 'data/no-such-file',
      where: 'ticket.jsonl',
      found: '1 data file there: tickets.jsonl',
      hint: 'Did you mean "tickets.jsonl"?',
    });
    expect((await project.failure({ data: 'nowhere/*.csv' })).code).toBe('data/no-such-file');
    expect((await project.failure({ data: '.' })).code).toBe('data/not-a-file');
    expect((await project.failure({ data: '/dev/null' })).code).toBe('data/not-a-file');
  });

  test('an empty one among others is left out and reported when bad lines are to be skipped', async () => {
    await project.write('a.jsonl', '\n');
    await project.writeRows('b.jsonl', plainRows(6));
    const version = await project.build({ data: '*.jsonl' }, { skipBad: true });
    expect(findingOf(version, 'empty-files').samples).toEqual(['a.jsonl']);
  });
});
