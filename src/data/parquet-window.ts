import { type FileHandle, open } from 'node:fs/promises';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from 'hyparquet';

/** Some rows of a Parquet file: which file, which columns, which rows (from 0, end exclusive). */
export interface ParquetWindow {
  path: string;
  columns: readonly string[];
  rowStart: number;
  rowEnd: number;
}

const COMPRESSORS: Compressors = {
  GZIP: (input, outputLength) => gunzipSync(input, { maxOutputLength: Math.max(1, outputLength) }),
  BROTLI: (input, outputLength) =>
    brotliDecompressSync(input, { maxOutputLength: Math.max(1, outputLength) }),
  ZSTD: (input, outputLength) => zstdDecompressSync(input, { maxOutputLength: Math.max(1, outputLength) }),
};

/** Compressions that can be read. */
export const READABLE_CODECS: ReadonlySet<string> = new Set([
  'UNCOMPRESSED',
  'SNAPPY',
  ...Object.keys(COMPRESSORS),
]);

/** Reads the footer of a Parquet file. Throws whatever the library throws on damage. */
export async function readParquetFooter(path: string): Promise<FileMetaData> {
  const handle = await open(path, 'r');
  try {
    return await parquetMetadataAsync(await fileBuffer(handle));
  } finally {
    await handle.close();
  }
}

/** Decodes a window. Damaged bytes can make the library loop or fill the memory: run it where that can be stopped. */
export async function decodeParquetWindow(
  { path, columns, rowStart, rowEnd }: ParquetWindow,
  metadata: FileMetaData,
): Promise<Record<string, unknown>[]> {
  const handle = await open(path, 'r');
  try {
    return await parquetReadObjects({
      file: await fileBuffer(handle),
      metadata,
      columns: [...columns],
      rowStart,
      rowEnd,
      useOffsetIndex: true,
      compressors: COMPRESSORS,
      parsers: { stringFromBytes: decodeStrictly },
    });
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

/** Text, or the bytes themselves when they are not UTF-8. */
function decodeStrictly(bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes.slice();
  }
}
