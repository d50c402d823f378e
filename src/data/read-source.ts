import { readCsv, readCsvHeader } from './read-csv.ts';
import { readJsonLines } from './read-json-lines.ts';
import { readParquet, readParquetShape } from './read-parquet.ts';
import type { SourceFile } from './source-file.ts';
import type { ReadOptions, SourceRow } from './source-row.ts';

/** Rows of a source in batches, in the order of the file, in bounded memory. */
export function readSource(source: SourceFile, options: ReadOptions = {}): AsyncGenerator<SourceRow[]> {
  switch (source.format) {
    case 'jsonl':
      return readJsonLines(source.path, options);
    case 'csv':
      return readCsv(source.path, options);
    case 'parquet':
      return readParquet(source.path, options);
  }
}

/** The columns a source declares; null when each line names its own (JSON), empty when there is not even a header. */
export async function declaredColumns(source: SourceFile): Promise<string[] | null> {
  switch (source.format) {
    case 'jsonl':
      return null;
    case 'csv':
      return (await readCsvHeader(source.path)) ?? [];
    case 'parquet':
      return (await readParquetShape(source.path)).columns;
  }
}
