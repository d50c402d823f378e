import { type FileMetaData, parquetSchema, type RowGroup } from 'hyparquet';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import { throwIfInterrupted } from './interruption.ts';
import { decodeInWorker } from './parquet-decoder.ts';
import { READABLE_CODECS, readParquetFooter } from './parquet-window.ts';
import type { ReadOptions, SourceRow } from './source-row.ts';

/** About so many uncompressed bytes of the wanted columns are decoded at a time. */
const WINDOW_BYTES = 16 * 2 ** 20;
const MAX_WINDOW_ROWS = 50_000;
const MAX_CHUNK_BYTES = 256 * 2 ** 20;
/** Far more than a window takes; 16 MB decode in about a second. */
const WINDOW_TIMEOUT_MS = 15_000;

/** Names of the top-level columns and the number of rows, from the file's footer. */
export async function readParquetShape(path: string): Promise<{ columns: string[]; rows: number }> {
  return await guarded(path, async () => {
    const metadata = await readParquetFooter(path);
    return { columns: columnsOf(metadata), rows: rowsOf(metadata.num_rows) };
  });
}

/** Rows of a Parquet file in batches; a row's line is its number from 1. Only the wanted columns are read. */
export async function* readParquet(path: string, options: ReadOptions = {}): AsyncGenerator<SourceRow[]> {
  const { metadata, columns, windows } = await guarded(path, async () => {
    const footer = await readParquetFooter(path);
    const present = columnsOf(footer);
    const wanted = options.columns?.filter((name) => present.includes(name)) ?? present;
    return { metadata: footer, columns: wanted, windows: windowsOf(footer, wanted, path) };
  });
  let line = 1;
  for (const window of windows) {
    throwIfInterrupted(options.signal);
    const rows = await guarded(path, () =>
      decodeInWorker({ path, columns, ...window }, metadata, WINDOW_TIMEOUT_MS),
    );
    if (rows.length !== window.rowEnd - window.rowStart) {
      throw damaged(path, 'fewer rows than the footer promises');
    }
    yield rows.map((values) => ({ line: line++, values }));
  }
}

function columnsOf(metadata: FileMetaData): string[] {
  return parquetSchema(metadata).children.map((child) => child.element.name);
}

function rowsOf(count: bigint): number {
  const rows = Number(count);
  if (Number.isSafeInteger(rows) && rows >= 0) return rows;
  throw new RangeError(`a count of ${count} rows`);
}

/** Row ranges inside row groups, each small enough to decode in bounded memory. */
function windowsOf(
  metadata: FileMetaData,
  columns: readonly string[],
  path: string,
): { rowStart: number; rowEnd: number }[] {
  const windows: { rowStart: number; rowEnd: number }[] = [];
  let groupStart = 0;
  for (const group of metadata.row_groups) {
    const rows = rowsOf(group.num_rows);
    const bytes = wantedBytes(group, columns, path);
    const count = Math.max(1, Math.ceil(bytes / WINDOW_BYTES), Math.ceil(rows / MAX_WINDOW_ROWS));
    if (count > 1e6) throw new RangeError(`a row group of ${rows} rows`);
    const step = Math.max(1, Math.ceil(rows / count));
    for (let start = 0; start < rows; start += step) {
      windows.push({ rowStart: groupStart + start, rowEnd: groupStart + Math.min(rows, start + step) });
    }
    groupStart += rows;
  }
  return windows;
}

function wantedBytes(group: RowGroup, columns: readonly string[], path: string): number {
  let total = 0;
  for (const { meta_data: chunk } of group.columns) {
    if (chunk === undefined || !columns.includes(chunk.path_in_schema[0] ?? '')) continue;
    if (!READABLE_CODECS.has(chunk.codec)) throw unreadableCodec(path, chunk.codec);
    if (Number(chunk.total_compressed_size) > MAX_CHUNK_BYTES) throw tooLargeGroup(path);
    total += Math.max(0, Number(chunk.total_uncompressed_size));
  }
  return total;
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
