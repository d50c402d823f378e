import { readFile } from 'node:fs/promises';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';
import { isRecord } from '../util/is-record.ts';

/** Bytes per element of the element types used here. */
const ELEMENT_BYTES = { F32: 4, I32: 4, I8: 1, U8: 1 } as const;
export type TensorType = keyof typeof ELEMENT_BYTES;

/** A tensor as it stands in a file: row-major, little-endian. */
export interface Tensor {
  type: TensorType;
  shape: readonly number[];
  data: Uint8Array;
}

export interface SafetensorsFile {
  tensors: Map<string, Tensor>;
  metadata: Record<string, string>;
  /** Where each tensor's bytes start in the file. */
  offsets: Map<string, number>;
}

const LENGTH_BYTES = 8;
const ALIGNMENT = 64;
const MAX_HEADER_BYTES = 100_000_000;

/** A tensor over the bytes of a typed array. */
export function tensorOf(
  type: TensorType,
  shape: readonly number[],
  values: Float32Array | Int32Array | Int8Array | Uint8Array,
): Tensor {
  return { type, shape, data: new Uint8Array(values.buffer, values.byteOffset, values.byteLength) };
}

/** The elements of a 32-bit float tensor. */
export function floatsOf({ data }: Tensor): Float32Array {
  return new Float32Array(new Uint8Array(data).buffer);
}

/**
 * Writes a safetensors file (https://huggingface.co/docs/safetensors) whole or not at all, tensors of wide elements first and
 * aligned; returns where each tensor's bytes start in it.
 */
export async function writeSafetensors(
  path: string,
  tensors: Record<string, Tensor>,
  metadata: Record<string, string> = {},
): Promise<Map<string, number>> {
  const ordered = Object.entries(tensors).toSorted(([nameA, a], [nameB, b]) => {
    return ELEMENT_BYTES[b.type] - ELEMENT_BYTES[a.type] || (nameA < nameB ? -1 : 1);
  });
  const header: Record<string, unknown> = { __metadata__: metadata };
  const offsets = new Map<string, number>();
  let end = 0;
  for (const [name, { type, shape, data }] of ordered) {
    header[name] = { dtype: type, shape, data_offsets: [end, end + data.length] };
    offsets.set(name, end);
    end += data.length;
  }
  const head = encodeHeader(header);
  for (const [name, offset] of offsets) offsets.set(name, offset + head.length);
  await writeFileAtomic(path, Buffer.concat([head, ...ordered.map(([, { data }]) => data)]), {
    durable: false,
  });
  return offsets;
}

function encodeHeader(header: Record<string, unknown>): Uint8Array {
  const json = Buffer.from(JSON.stringify(header));
  const length = Math.ceil((LENGTH_BYTES + json.length) / ALIGNMENT) * ALIGNMENT;
  const bytes = Buffer.alloc(length, ' ');
  bytes.writeBigUInt64LE(BigInt(length - LENGTH_BYTES), 0);
  json.copy(bytes, LENGTH_BYTES);
  return bytes;
}

/** Reads and checks a safetensors file; throws `model/damaged-weights` with what was expected and found. */
export async function readSafetensors(path: string): Promise<SafetensorsFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw damaged(path, 'a readable file', messageOf(cause), cause);
  }
  return parseSafetensors(bytes, path);
}

/** Checks the bytes of a safetensors file; `where` is named in errors. */
export function parseSafetensors(bytes: Uint8Array, where: string): SafetensorsFile {
  const { header, dataStart } = parseHeader(bytes, where);
  const tensors = new Map<string, Tensor>();
  const offsets = new Map<string, number>();
  let metadata: Record<string, string> = {};
  const ranges: [number, number][] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') {
      metadata = parseMetadata(entry, where);
      continue;
    }
    const { type, shape, from, to } = parseEntry(name, entry, where);
    if (dataStart + to > bytes.length) {
      throw damaged(where, `${dataStart + to} bytes for tensor "${name}"`, `${bytes.length} bytes`);
    }
    tensors.set(name, { type, shape, data: bytes.subarray(dataStart + from, dataStart + to) });
    offsets.set(name, dataStart + from);
    ranges.push([from, to]);
  }
  checkCovered(ranges, bytes.length - dataStart, where);
  return { tensors, metadata, offsets };
}

function parseHeader(bytes: Uint8Array, where: string): { header: object; dataStart: number } {
  if (bytes.length < LENGTH_BYTES) {
    throw damaged(where, 'at least 8 bytes', `${bytes.length} bytes`);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const most = Math.min(bytes.length - LENGTH_BYTES, MAX_HEADER_BYTES);
  if (length > most) throw damaged(where, `a header of at most ${most} bytes`, `${length} bytes announced`);
  const dataStart = LENGTH_BYTES + Number(length);
  let header: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_BYTES, dataStart));
    header = JSON.parse(text);
  } catch (cause) {
    throw damaged(where, 'a header in JSON', messageOf(cause), cause);
  }
  if (!isRecord(header)) throw damaged(where, 'a JSON object as header', kindOf(header));
  return { header, dataStart };
}

function parseMetadata(entry: unknown, where: string): Record<string, string> {
  if (!isRecord(entry) || Object.values(entry).some((value) => typeof value !== 'string')) {
    throw damaged(where, 'metadata of strings', kindOf(entry));
  }
  return entry as Record<string, string>;
}

function parseEntry(
  name: string,
  entry: unknown,
  where: string,
): { type: TensorType; shape: number[]; from: number; to: number } {
  const expected = `dtype, shape and data_offsets of tensor "${name}"`;
  if (!isRecord(entry)) throw damaged(where, expected, kindOf(entry));
  const { dtype, shape, data_offsets: range } = entry;
  if (typeof dtype !== 'string' || !Object.hasOwn(ELEMENT_BYTES, dtype)) {
    const known = Object.keys(ELEMENT_BYTES).join(', ');
    throw damaged(where, `one of ${known} as dtype of tensor "${name}"`, JSON.stringify(dtype) ?? 'none');
  }
  if (!isCounts(shape)) throw damaged(where, `a shape of tensor "${name}"`, JSON.stringify(shape) ?? 'none');
  if (!isCounts(range) || range.length !== 2 || range[1]! < range[0]!) {
    throw damaged(where, `data_offsets of tensor "${name}"`, JSON.stringify(range) ?? 'none');
  }
  const type = dtype as TensorType;
  const [from, to] = range as [number, number];
  const size = shape.reduce((product, length) => product * length, ELEMENT_BYTES[type]);
  if (size !== to - from) {
    throw damaged(
      where,
      `${size} bytes for tensor "${name}" of shape [${shape.join(', ')}]`,
      `${to - from} bytes`,
    );
  }
  return { type, shape, from, to };
}

function checkCovered(ranges: [number, number][], length: number, where: string): void {
  let end = 0;
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
    if (from !== end) throw damaged(where, `a tensor that starts at byte ${end} of the data`, `byte ${from}`);
    end = to;
  }
  if (end !== length) throw damaged(where, `${end} bytes of data`, `${length} bytes`);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && (item as number) >= 0);
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

function damaged(where: string, expected: string, found: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'model/damaged-weights',
    message: 'this weights file is damaged or no safetensors file',
    where,
    expected,
    found,
    hint: 'Copy the model folder again from where it was made, or build it again.',
    cause,
  });
}
