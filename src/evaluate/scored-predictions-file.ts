import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { type AtomicWriteOptions, writeFileAtomic } from '../util/atomic-file.ts';
import type { ScoredPredictions } from './scored-predictions.ts';

/**
 * Layout, all little-endian: 8 bytes `HGSCORE1`; length of the header as uint32; the header, JSON in UTF-8 padded with
 * spaces to a multiple of 4; int32 columns expected, predicted, group, example; float32 probabilities if any; SHA-256 of
 * all before. Equal predictions give equal bytes.
 */
const MAGIC = Buffer.from('HGSCORE1', 'latin1');
const PREFIX_BYTES = MAGIC.length + 4;
const DIGEST_BYTES = 32;

const headerSchema = z.strictObject({
  labels: z.array(z.string()),
  rows: z.number().int().nonnegative(),
  probabilities: z.boolean(),
});
type Header = z.infer<typeof headerSchema>;

/** Writes predictions whole or not at all, so that a killed climb finds them again. */
export async function writeScoredPredictions(
  path: string,
  scored: ScoredPredictions,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const header = headerBytes({
    labels: [...scored.labels],
    rows: scored.expected.length,
    probabilities: scored.probabilities !== null,
  });
  const { expected, predicted, group, example, probabilities } = scored;
  const columns = [expected, predicted, group, example, ...(probabilities === null ? [] : [probabilities])];
  const content = Buffer.concat([header, ...columns.map(littleEndianBytes)]);
  await writeFileAtomic(path, Buffer.concat([content, digestOf(content)]), options);
}

/** Reads what `writeScoredPredictions` wrote. Throws `evaluate/bad-predictions-file` when it is damaged or foreign. */
export async function readScoredPredictions(path: string): Promise<ScoredPredictions> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw damaged(path, messageOf(cause), cause);
  });
  if (bytes.length < PREFIX_BYTES + DIGEST_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw damaged(path, 'another kind of file');
  const content = bytes.subarray(0, bytes.length - DIGEST_BYTES);
  if (!digestOf(content).equals(bytes.subarray(content.length)))
    throw damaged(path, 'changed or cut-off bytes');
  const headerEnd = PREFIX_BYTES + content.readUInt32LE(MAGIC.length);
  const header = parseHeader(path, content.subarray(PREFIX_BYTES, headerEnd));
  return checkIndexes(path, readColumns(path, header, content.subarray(headerEnd)));
}

function headerBytes(header: Header): Buffer {
  const text = Buffer.from(JSON.stringify(header), 'utf8');
  const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4, ' ');
  text.copy(padded);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(padded.length);
  return Buffer.concat([MAGIC, length, padded]);
}

function parseHeader(path: string, bytes: Uint8Array): Header {
  try {
    return headerSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw damaged(path, 'a header that does not parse', cause);
  }
}

function readColumns(
  path: string,
  { labels, rows, probabilities }: Header,
  body: Uint8Array,
): ScoredPredictions {
  const width = probabilities ? labels.length : 0;
  if (body.length !== rows * 4 * (4 + width)) throw damaged(path, 'columns of another length');
  const column = (index: number): Int32Array =>
    new Int32Array(alignedBytes(body.subarray(index * rows * 4, (index + 1) * rows * 4)));
  return {
    labels,
    expected: column(0),
    predicted: column(1),
    group: column(2),
    example: column(3),
    probabilities: probabilities ? new Float32Array(alignedBytes(body.subarray(rows * 16))) : null,
  };
}

function checkIndexes(path: string, scored: ScoredPredictions): ScoredPredictions {
  const labels = scored.labels.length;
  const valid =
    scored.expected.every((label) => label >= 0 && label < labels) &&
    scored.predicted.every((label) => label >= -1 && label < labels) &&
    scored.group.every((group) => group >= 0) &&
    scored.example.every((example) => example >= 0);
  if (!valid) throw damaged(path, 'an index out of range');
  return scored;
}

const LITTLE_ENDIAN_MACHINE = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

function littleEndianBytes(values: Int32Array | Float32Array): Buffer {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return LITTLE_ENDIAN_MACHINE ? bytes : Buffer.from(bytes).swap32();
}

/** A copy that begins at a multiple of 4, in the machine's byte order. */
function alignedBytes(bytes: Uint8Array): ArrayBuffer {
  const copy = new Uint8Array(bytes);
  if (!LITTLE_ENDIAN_MACHINE) Buffer.from(copy.buffer).swap32();
  return copy.buffer;
}

function digestOf(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

function damaged(path: string, found: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'evaluate/bad-predictions-file',
    message: 'stored predictions cannot be read',
    where: path,
    expected: 'a whole file written by this version',
    found,
    hint: 'Delete the file and run the same command again; the predictions are made anew.',
    cause,
  });
}
