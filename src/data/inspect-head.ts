import { HomegrownError } from '../errors/homegrown-error.ts';
import type { SourceFormat } from './source-file.ts';

interface HeadFacts {
  name: string;
  bytes: number;
  format: SourceFormat | undefined;
}

const SIGNATURES: readonly { bytes: readonly number[]; found: string; hint: string }[] = [
  { bytes: [0x1f, 0x8b], found: 'a gzip archive', hint: 'Unpack it first: gunzip' },
  { bytes: [0x28, 0xb5, 0x2f, 0xfd], found: 'a Zstandard archive', hint: 'Unpack it first: unzstd' },
  { bytes: [0x42, 0x5a, 0x68], found: 'a bzip2 archive', hint: 'Unpack it first: bunzip2' },
  { bytes: [0xfd, 0x37, 0x7a, 0x58, 0x5a], found: 'an xz archive', hint: 'Unpack it first: unxz' },
  {
    bytes: [0x50, 0x4b, 0x03, 0x04],
    found: 'a zip archive or an Excel workbook',
    hint: 'Unpack it, or save the sheet as CSV (UTF-8).',
  },
  {
    bytes: [0xd0, 0xcf, 0x11, 0xe0],
    found: 'an old Excel workbook',
    hint: 'Save the sheet as CSV (UTF-8).',
  },
  {
    bytes: [...Buffer.from('SQLite format 3')],
    found: 'an SQLite database',
    hint: 'Export the table as CSV.',
  },
  { bytes: [...Buffer.from('%PDF-')], found: 'a PDF document', hint: 'Give a file of labelled examples.' },
  { bytes: [0x89, 0x50, 0x4e, 0x47], found: 'a PNG picture', hint: 'Give a file of labelled examples.' },
];

/** Throws when the first bytes of a source show that it cannot be what its name says: empty, packed, UTF-16, binary. */
export function inspectHead(head: Buffer, facts: HeadFacts): void {
  if (facts.bytes === 0) throw refusal('empty-file', facts, 'the file is empty', 'Export it again.');
  const isParquet = head.subarray(0, 4).toString('latin1') === 'PAR1';
  if (facts.format === 'parquet') {
    if (!isParquet) throw refusal('not-parquet', facts, 'no Parquet signature at its start', PARQUET_HINT);
    return;
  }
  if (isParquet)
    throw refusal('wrong-format', facts, 'a Parquet file', 'Rename it so that it ends in .parquet.');
  for (const { bytes, found, hint } of SIGNATURES) {
    if (bytes.every((byte, index) => head[index] === byte)) throw refusal('packed', facts, found, hint);
  }
  inspectEncoding(head, facts);
}

const PARQUET_HINT = 'If it is text, rename it to .csv or .jsonl; otherwise export it again.';

function inspectEncoding(head: Buffer, facts: HeadFacts): void {
  const little = head[0] === 0xff && head[1] === 0xfe;
  const big = head[0] === 0xfe && head[1] === 0xff;
  if (little || big) throw utf16(facts, little ? 'UTF-16LE' : 'UTF-16BE', 'its byte order mark');
  const odd = countNul(head, 1);
  const even = countNul(head, 0);
  const half = head.length / 2;
  if (odd > 0.4 * half && even < 0.05 * half) throw utf16(facts, 'UTF-16LE', 'a zero in every second byte');
  if (even > 0.4 * half && odd < 0.05 * half) throw utf16(facts, 'UTF-16BE', 'a zero in every second byte');
  const control = head.reduce((count, byte) => count + (isControl(byte) ? 1 : 0), 0);
  if (control > 0.02 * head.length) {
    throw refusal('binary', facts, 'binary data', 'Check that this is the right file.');
  }
}

function countNul(head: Buffer, parity: 0 | 1): number {
  let count = 0;
  for (let i = parity; i < head.length; i += 2) if (head[i] === 0) count += 1;
  return count;
}

function isControl(byte: number): boolean {
  return byte < 32 && byte !== 9 && byte !== 10 && byte !== 12 && byte !== 13 && byte !== 27;
}

function utf16(facts: HeadFacts, encoding: string, sign: string): HomegrownError {
  return refusal(
    'not-utf8',
    facts,
    `${encoding} (${sign})`,
    `Convert it: iconv -f ${sign.startsWith('its') ? 'UTF-16' : encoding} -t UTF-8 old-file > new-file`,
  );
}

function refusal(code: string, facts: HeadFacts, found: string, hint: string): HomegrownError {
  const expected = facts.format === 'parquet' ? 'a Parquet file' : 'text in UTF-8 with labelled examples';
  return new HomegrownError({
    code: `data/${code}`,
    message: 'cannot be used as data',
    where: facts.name,
    expected,
    found,
    hint,
  });
}
