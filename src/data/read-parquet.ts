import { type FileHandle, open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
  type RowGroup,
} from 'hyparquet';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { throwIfInterrupted } from './interruption.ts';
import type { ReadOptions, SourceRow } from './source-row.ts';

/** About so many uncompressed bytes of the wanted columns are decoded at a time. */
const WINDOW_BYTES = 32 * 2 ** 20;
const MAX_WINDOW_ROWS = 100_000;
const MAX_CHUNK_BYTES = 512 * 2 ** 20;

const COMPRESSORS: Compressors = {
  GZIP: (input, outputLength) => gunzipSync(input, { maxOutputLength: Math.max(1, outputLength) }),
  BROTLI: (input, outputLength) =>
    brotliDecompressSync(input, { maxOutputLength: Math.max(1, outputLength) }),
  ZSTD: (input, outputLength) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, outputLength) }),
};
const READABLE_CODECS = new Set(['UNCOMPRESSED', 'SNAPPY', ...Object.keys(COMPRESSORS)]);

/** Names of the top-level columns and the number of rows, from the file's footer. */
export async function readParquetShape(path: string): Promise<{ columns: string[]; rows: number }> {
  return await withParquet(path, async ({ metadata }) => ({
    columns: columnsOf(metadata),
    rows: Number(metadata.num_rows),
  }));
}

/** Rows of a Parquet file in batches; a row's line is its number from 1. Only the wanted columns are read. */
export async function* readParquet(path: string, options: ReadOptions = {}): AsyncGenerator<SourceRow[]> {
  const handle = await open(path, 'r');
  try {
    const file = await fileBuffer(handle);
    const metadata = await guarded(path, () => parquetMetadataAsync(file));
    const present = columnsOf(metadata);
    const columns = options.columns?.filter((name) => present.includes(name)) ?? present;
    let line = 1;
    for (const { rowStart, rowEnd } of windowsOf(metadata, columns, path)) {
      throwIfInterrupted(options.signal);
      const objects = await guarded(path, () =>
        parquetReadObjects({
          file,
          metadata,
          columns,
          rowStart,
          rowEnd,
          useOffsetIndex: true,
          compressors: COMPRESSORS,
          parsers: { stringFromBytes: decodeStrictly },
        }),
      );
      if (objects.length !== rowEnd - rowStart) throw damaged(path, 'fewer rows than the footer promises');
      yield objects.map((values) => ({ line: line++, values }));
    }
  } finally {
    await handle.close();
  }
}

async function withParquet<T>(
  path: string,
  use: (opened: { metadata: FileMetaData }) => Promise<T>,
): Promise<T> {
  const handle = await open(path, 'r');
  try {
    const file = await fileBuffer(handle);
    return await use({ metadata: await guarded(path, () => parquetMetadataAsync(file)) });
  } finally {
    await handle.close();
  }
}

async function fileBuffer(handle: FileHandle): Promise<AsyncBuffer> {
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      if (start < 0 || end > size || end < start) throw new RangeError(`bytes ${start} to ${end} of ${size}`);
      const bytes = new Uint8Array(end - start);
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, start + filled);
        if (bytesRead === 0) throw new RangeError('the file ended early');
        filled += bytesRead;
      }
      return bytes.buffer;
    },
  };
}

function columnsOf(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map((child) => child.element.name);
}

/** Row ranges inside row groups, each small enough to decode in bounded memory. */
function* windowsOf(
  metadata: FileMetaData,
  columns: readonly string[],
  path: string,
): Generator<{ rowStart: number; rowEnd: number }> {
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const rows = Number(group.num_rows);
    const bytes = wantedBytes(group, columns, path);
    const windows = Math.max(1, Math.ceil(bytes / WINDOW_BYTES), Math.ceil(rows / MAX_WINDOW_ROWS));
    const step = Math.max(1, Math.ceil(rows / windows));
    for (let start = 0; start < rows; start += step) {
      yield { rowStart: groupStart + start, rowEnd: groupStart + Math.min(rows, start + step) };
    }
    groupStart += rows;
  }
}

function wantedBytes(group: RowGroup, columns: readonly string[], path: string): number {
  let total = 0;
  for (const { meta_data: chunk } of group.columns) {
    if (chunk === undefined || !columns.includes(chunk.path_in_schema[0] ?? '')) continue;
    if (!READABLE_CODECS.has(chunk.codec)) throw unreadableCodec(path, chunk.codec);
    if (Number(chunk.total_compressed_size) > MAX_CHUNK_BYTES) throw tooLargeGroup(path);
    total += Number(chunk.total_uncompressed_size);
  }
  return total;
}

function decodeStrictly(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
}

async function guarded<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof HomegrownError) throw error;
    throw damaged(path, messageOf(error), error);
  }
}

function damaged(path: string, found: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'data/damaged-parquet',
    message: 'the Parquet file cannot be read',
    where: path,
    expected: 'a whole, undamaged file',
    found,
    hint: 'Copy or export the file again.',
    cause,
  });
}

function unreadableCodec(path: string, codec: string): HomegrownError {
  return new HomegrownError({
    code: 'data/parquet-compression',
    message: 'the Parquet file uses a compression that cannot be read here',
    where: path,
    expected: 'none, Snappy, gzip, Zstandard or Brotli',
    found: codec,
    hint: 'Write the file again with one of these, for example in pandas: df.to_parquet(path, compression="snappy")',
  });
}

function tooLargeGroup(path: string): HomegrownError {
  return new HomegrownError({
    code: 'data/parquet-row-group',
    message: 'a row group of the Parquet file is too large to read in bounded memory',
    where: path,
    expected: `column chunks of at most ${MAX_CHUNK_BYTES / 2 ** 20} MB`,
    found: 'a larger one',
    hint: 'Write the file again with smaller row groups, for example in pandas: df.to_parquet(path, row_group_size=100_000)',
  });
}
