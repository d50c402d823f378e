import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { CurationFinding, DatasetSource } from '../schema/dataset-manifest.ts';
import { sha256OfFile } from '../util/content-hash.ts';
import { checkDeclaredColumns, plannedNames } from './column-plan.ts';
import type { DataSource, QuickIdentity, ReadSourceOptions } from './data-source.ts';
import { declaredColumns, readSource } from './read-source.ts';
import { type SourceFile, unreadableSource } from './source-file.ts';
import type { SourceRow } from './source-row.ts';

/** A file as a source of rows; its bytes are hashed while they go by. */
export class FileSource implements DataSource {
  readonly name: string;
  readonly bytes: number;
  readonly #file: SourceFile;
  readonly #hash = createHash('sha256');

  constructor(file: SourceFile) {
    this.#file = file;
    this.name = file.name;
    this.bytes = file.bytes;
  }

  quickIdentity(): QuickIdentity {
    const { format, bytes, path } = this.#file;
    return { format, bytes, sha256: () => sha256OfFile(path) };
  }

  async *read({ plan, signal, onProgress }: ReadSourceOptions): AsyncGenerator<SourceRow[]> {
    const file = this.#file;
    let bytes = 0;
    const onBytes = (block: Uint8Array): void => {
      this.#hash.update(block);
      bytes += block.length;
      onProgress(bytes);
    };
    try {
      const declared = await declaredColumns(file);
      if (declared !== null && declared.length > 0) checkDeclaredColumns(plan, declared, file.name);
      yield* readSource(file, { columns: plannedNames(plan), onBytes, signal });
    } catch (error) {
      throw inUsersWords(error, file);
    }
    await assertUnchanged(file);
  }

  async describe(rows: number): Promise<DatasetSource> {
    const { name, format, bytes, path } = this.#file;
    const sha256 = format === 'parquet' ? await sha256OfFile(path) : this.#hash.digest('hex');
    return { file: name, format, bytes, sha256, rows };
  }

  emptiness(): string {
    return this.#file.format === 'csv' ? 'no line after the header' : 'no rows';
  }

  findings(): CurationFinding[] {
    return [];
  }
}

/** Errors of the readers name absolute paths; reports name files as the user does. */
function inUsersWords(error: unknown, file: SourceFile): unknown {
  if (!(error instanceof HomegrownError)) return unreadableSource(file.name, error);
  return error.where?.startsWith(file.path) === true ? renamed(error, file) : error;
}

function renamed(error: HomegrownError, file: SourceFile): HomegrownError {
  const where = error.where!.replace(file.path, file.name);
  const facts = [
    error.expected === undefined ? '' : `; expected ${error.expected}`,
    error.found === undefined ? '' : `; found ${error.found}`,
  ];
  const message = error.message.slice(
    `${error.where}: `.length,
    error.message.length - facts.join('').length,
  );
  const { code, kind, expected, found, hint, cause } = error;
  return new HomegrownError({ code, kind, message, where, expected, found, hint, cause });
}

async function assertUnchanged(file: SourceFile): Promise<void> {
  const now = await stat(file.path).catch(() => null);
  if (now !== null && now.size === file.bytes && now.mtimeMs === file.modifiedMs) return;
  throw new HomegrownError({
    code: 'data/changed-while-read',
    message: 'changed while it was being read; no version was written',
    where: file.name,
    hint: 'Run the command again once nothing writes to the file.',
  });
}
