import { createHash } from 'node:crypto';
import { open, type FileHandle, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import { writeFailure } from '../../util/atomic-file.ts';
import { sha256OfFile } from '../../util/content-hash.ts';

/** One column of a Parquet table; what is nested becomes JSON text. */
export interface TableColumn<T> {
  readonly name: string;
  readonly type: 'text' | 'number' | 'truth';
  readonly of: (row: T) => string | number | boolean | null | undefined;
}

/** A kind of record, and how its records stand in a table. */
export interface Table<T> {
  readonly name: string;
  readonly columns: readonly TableColumn<T>[];
}

/** A written file. */
export interface WrittenFile {
  readonly sha256: string;
  readonly bytes: number;
}

const PARQUET_TYPES = { text: 'BYTE_ARRAY', number: 'DOUBLE', truth: 'BOOLEAN' } as const;
/** Rows and characters that wait for a row group. */
const GROUP_ROWS = 20_000;
const GROUP_LENGTH = 16 * 2 ** 20;

/** Writes records as JSON lines, whole, and as a Parquet table beside them, in bounded memory. */
export class TableWriter<T extends object> {
  readonly #directory: string;
  readonly #table: Table<T>;
  readonly #lines: FileHandle;
  readonly #hash = createHash('sha256');
  readonly #parquet: ParquetWriter;
  #group: T[] = [];
  #length = 0;
  #bytes = 0;
  rows = 0;

  private constructor(directory: string, table: Table<T>, lines: FileHandle) {
    this.#directory = directory;
    this.#table = table;
    this.#lines = lines;
    this.#parquet = new ParquetWriter({
      writer: fileWriter(this.#path('parquet')),
      schema: [
        { name: 'root', num_children: table.columns.length },
        ...table.columns.map(({ name, type }) => ({
          name,
          type: PARQUET_TYPES[type],
          repetition_type: 'OPTIONAL' as const,
          ...(type === 'text' ? { converted_type: 'UTF8' as const } : {}),
        })),
      ],
      statistics: false,
      createdBy: 'homegrown',
    });
  }

  static async create<T extends object>(directory: string, table: Table<T>): Promise<TableWriter<T>> {
    const lines = await open(join(directory, `${table.name}.jsonl`), 'wx');
    return new TableWriter(directory, table, lines);
  }

  #path(ending: string): string {
    return join(this.#directory, `${this.#table.name}.${ending}`);
  }

  async add(records: readonly T[]): Promise<void> {
    if (records.length === 0) return;
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const bytes = Buffer.from(text);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.rows += records.length;
    await this.#lines.writeFile(bytes).catch((error: unknown) => {
      throw writeFailure(this.#path('jsonl'), error);
    });
    this.#group.push(...records);
    this.#length += text.length;
    if (this.#group.length >= GROUP_ROWS || this.#length >= GROUP_LENGTH) await this.#writeGroup();
  }

  async #writeGroup(): Promise<void> {
    const group = this.#group;
    if (group.length === 0) return;
    this.#group = [];
    this.#length = 0;
    const columnData = this.#table.columns.map(({ name, of }) => ({
      name,
      data: group.map((row) => of(row) ?? null),
    }));
    try {
      await this.#parquet.write({ columnData, rowGroupSize: group.length });
    } catch (error) {
      throw writeFailure(this.#path('parquet'), error);
    }
  }

  /** Ends both files and says what is in them, by name. */
  async finish(): Promise<Record<string, WrittenFile>> {
    await this.#writeGroup();
    await this.#lines.sync();
    await this.#lines.close();
    try {
      await this.#parquet.finish();
    } catch (error) {
      throw writeFailure(this.#path('parquet'), error);
    }
    return {
      [`${this.#table.name}.jsonl`]: { sha256: this.#hash.digest('hex'), bytes: this.#bytes },
      [`${this.#table.name}.parquet`]: await describeFile(this.#path('parquet')),
    };
  }

  async close(): Promise<void> {
    await this.#lines.close().catch(() => undefined);
  }
}

export async function describeFile(path: string): Promise<WrittenFile> {
  return { sha256: await sha256OfFile(path), bytes: (await stat(path)).size };
}
