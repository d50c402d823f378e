import { parquetWriteBuffer } from 'hyparquet-writer';
import type { Random } from '../../src/util/random.ts';

/** One generated source file: a name with its ending, and bytes that may be anything. */
export interface FuzzedFile {
  name: string;
  bytes: Buffer;
}

const WORDS = [
  'refund',
  'late',
  '退款',
  'مرحبا',
  '👩‍👩‍👧',
  'é',
  '\u0000',
  '\u202e',
  'x'.repeat(3000),
  '',
  ' ',
  '001',
  'null',
];
const HOSTILE_VALUES = [
  '\\ud800',
  '\\udc00\\ud800',
  '\\u0000',
  '1e999',
  '-0',
  '[]',
  '{}',
  'null',
  'true',
  '"',
  '\\',
  '\u2028',
];

/** A file of JSON lines, CSV or Parquet, more or less broken; the same random state gives the same file. */
export function fuzzedDataFile(random: Random): FuzzedFile {
  const kind = random.integer(3);
  const [name, whole] =
    kind === 0
      ? ['fuzz.jsonl', jsonLines(random)]
      : kind === 1
        ? [pick(random, ['fuzz.csv', 'fuzz.tsv']), csv(random)]
        : ['fuzz.parquet', parquet(random)];
  return { name, bytes: random.next() < 0.7 ? damage(whole, random) : whole };
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)]!;
}

function words(random: Random, limit: number): string {
  return Array.from({ length: random.integer(limit) }, () => pick(random, WORDS)).join(' ');
}

function jsonLines(random: Random): Buffer {
  const lines = Array.from({ length: 1 + random.integer(30) }, () => jsonLine(random));
  return Buffer.from(lines.join(pick(random, ['\n', '\r\n', '\n\n', '\r'])));
}

function jsonLine(random: Random): string {
  const line = JSON.stringify({
    [pick(random, ['input', 'input', 'input', 'text', '__proto__'])]: words(random, 6),
    [pick(random, ['output', 'output', 'output', 'constructor'])]: pick(random, [
      'a',
      'b',
      1,
      true,
      null,
      {},
    ]),
    ...(random.next() < 0.3 ? { group: pick(random, ['g1', 'g2', 7, null, []]) } : {}),
    ...(random.next() < 0.2 ? { time: pick(random, ['2026-01-01', '31/12/2026', 1e18, -5, 'x']) } : {}),
    ...(random.next() < 0.2 ? { weight: pick(random, [1, 0, -1, 'NaN', 1e308]) } : {}),
    ...(random.next() < 0.2 ? { split: pick(random, ['train', 'test', 'dev', 'all']) } : {}),
  });
  if (random.next() < 0.8) return line;
  const at = random.integer(line.length);
  return line.slice(0, at) + pick(random, HOSTILE_VALUES) + line.slice(at + random.integer(3));
}

function csv(random: Random): Buffer {
  const delimiter = pick(random, [',', ';', '\t', '|']);
  const header = pick(random, [
    ['input', 'output'],
    ['output', 'input', 'group'],
    ['input', 'input', 'output'],
    ['', 'input', 'output'],
  ]);
  const cell = (): string => {
    const text = pick(random, [words(random, 5), 'a', 'b', 'line\nbreak', 'say "hi"', `a${delimiter}b`]);
    return random.next() < 0.6 ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const rows = Array.from({ length: random.integer(30) }, () =>
    Array.from({ length: header.length + (random.next() < 0.1 ? 1 : 0) }, cell).join(delimiter),
  );
  const mark = random.next() < 0.2 ? '\uFEFF' : '';
  return Buffer.from(mark + [header.join(delimiter), ...rows].join(pick(random, ['\n', '\r\n', '\r'])));
}

function parquet(random: Random): Buffer {
  const rows = 1 + random.integer(40);
  const column = <T>(make: () => T): T[] => Array.from({ length: rows }, make);
  const buffer = parquetWriteBuffer({
    columnData: [
      { name: 'input', data: column(() => words(random, 5)), type: 'STRING' },
      pick(random, [
        { name: 'output', data: column(() => pick(random, ['a', 'b'])), type: 'STRING' as const },
        { name: 'output', data: column(() => random.integer(3)), type: 'INT32' as const },
        { name: 'output', data: column(() => random.next()), type: 'DOUBLE' as const },
      ]),
    ],
    codec: pick(random, ['UNCOMPRESSED' as const, 'SNAPPY' as const]),
    rowGroupSize: 10,
  });
  return Buffer.from(buffer);
}

/** Cuts, flips, doubles, inserts or overwrites bytes. */
function damage(whole: Buffer, random: Random): Buffer {
  let bytes = Buffer.from(whole);
  const times = 1 + random.integer(4);
  for (let time = 0; time < times; time++) {
    const at = random.integer(bytes.length + 1);
    const kind = random.integer(6);
    if (kind === 0) bytes = bytes.subarray(0, at);
    else if (kind === 1) bytes = bytes.subarray(at);
    else if (kind === 2)
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random.integer(at + 1))]);
    else if (kind === 3)
      bytes = Buffer.concat([bytes.subarray(0, at), randomBytes(random), bytes.subarray(at)]);
    else if (at < bytes.length)
      bytes[at] = kind === 4 ? random.integer(256) : bytes[at]! ^ (1 << random.integer(8));
  }
  return bytes;
}

function randomBytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: random.integer(12) }, () => random.integer(256)));
}
