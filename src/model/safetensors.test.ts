import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { floatsOf, parseSafetensors, readSafetensors, tensorOf, writeSafetensors } from './safetensors.ts';

let directory: string;
let path: string;
let bytes: Uint8Array;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'homegrown-safetensors-'));
  path = join(directory, 'model.safetensors');
  await writeSafetensors(
    path,
    {
      small: tensorOf('I8', [3], Int8Array.from([-1, 2, 3])),
      wide: tensorOf('F32', [2, 2], Float32Array.from([1, 2, 3, 4.5])),
      empty: tensorOf('F32', [0, 7], new Float32Array(0)),
    },
    { format: 'test' },
  );
  bytes = await readFile(path);
});
afterAll(() => rm(directory, { recursive: true }));

function failureOf(content: Uint8Array): HomegrownError {
  try {
    parseSafetensors(content, 'file');
  } catch (error) {
    if (error instanceof HomegrownError) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** A file with this header and data. */
function fileOf(header: unknown, data = new Uint8Array(4)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, data]);
}

const entry = { dtype: 'F32', shape: [1], data_offsets: [0, 4] };

describe('safetensors', () => {
  it('reads what it wrote, wide elements first and aligned', async () => {
    const { tensors, metadata, offsets } = await readSafetensors(path);
    expect(metadata).toEqual({ format: 'test' });
    expect(tensors.get('wide')!.shape).toEqual([2, 2]);
    expect([...floatsOf(tensors.get('wide')!)]).toEqual([1, 2, 3, 4.5]);
    expect([...new Int8Array(tensors.get('small')!.data)]).toEqual([-1, 2, 3]);
    expect(tensors.get('empty')!.data).toHaveLength(0);
    expect(offsets.get('wide')! % 64).toBe(0);
    expect(offsets.get('small')).toBe(offsets.get('wide')! + 16);
  });

  it('notices a truncation at every byte', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(failureOf(bytes.subarray(0, length)).code).toBe('model/damaged-weights');
    }
  });

  it('notices bytes too many', () => {
    expect(failureOf(Buffer.concat([bytes, Buffer.alloc(1)])).message).toMatchInlineSnapshot(
      `"file: this weights file is damaged or no safetensors file; expected 19 bytes of data; found 20 bytes"`,
    );
  });

  it.each([
    ['no JSON', '{"a":'],
    ['a list', []],
    ['null', null],
    ['a tensor that is a number', { a: 1 }],
    ['an unknown dtype', { a: { ...entry, dtype: 'F8' } }],
    ['a dtype from the prototype', { a: { ...entry, dtype: 'constructor' } }],
    ['a negative length', { a: { ...entry, shape: [-1] } }],
    ['a fraction of an element', { a: { ...entry, shape: [1.5] } }],
    ['a shape that does not fit', { a: { ...entry, shape: [2] } }],
    ['a huge shape', { a: { ...entry, shape: [2 ** 52, 2 ** 52] } }],
    ['offsets in the wrong order', { a: { ...entry, data_offsets: [4, 0] } }],
    ['three offsets', { a: { ...entry, data_offsets: [0, 2, 4] } }],
    ['offsets beyond the end', { a: { ...entry, shape: [2], data_offsets: [0, 8] } }],
    ['overlapping tensors', { a: entry, b: entry }],
    ['a hole', { a: { dtype: 'I8', shape: [1], data_offsets: [3, 4] } }],
    ['data that belongs to no tensor', {}],
    ['metadata that is no text', { __metadata__: { n: 1 }, a: entry }],
  ])('refuses %s', (_name, header) => {
    const error = failureOf(fileOf(header));
    expect(error.code).toBe('model/damaged-weights');
    expect(error.where).toBe('file');
    expect(error.expected).toBeDefined();
    expect(error.found).toBeDefined();
  });

  it('refuses a header that is no UTF-8, and an announced length beyond reason', () => {
    expect(
      failureOf(Buffer.concat([Buffer.from([2, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([0xff, 0xfe])])).code,
    ).toBe('model/damaged-weights');
    expect(failureOf(Buffer.alloc(64, 0xff)).message).toMatchInlineSnapshot(
      `"file: this weights file is damaged or no safetensors file; expected a header of at most 56 bytes; found 18446744073709551615 bytes announced"`,
    );
  });

  it('survives any flipped byte of the header', () => {
    for (let at = 0; at < bytes.length; at++) {
      const flipped = Uint8Array.from(bytes);
      flipped[at]! ^= 0x41;
      try {
        parseSafetensors(flipped, 'file');
      } catch (error) {
        expect(error).toBeInstanceOf(HomegrownError);
      }
    }
  });

  it('says which file is missing', async () => {
    await expect(readSafetensors(join(directory, 'none'))).rejects.toMatchObject({
      code: 'model/damaged-weights',
      where: join(directory, 'none'),
    });
  });
});
