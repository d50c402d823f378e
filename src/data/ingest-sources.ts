import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { HomegrownError } from '../errors/homegrown-error.ts';
import type { DatasetManifest } from '../schema/dataset-manifest.ts';
import type { Task } from '../task/task.ts';
import { sha256OfFile } from '../util/content-hash.ts';
import { BadLines } from './bad-lines.ts';
import { checkDeclaredColumns, type ColumnPlan, missingColumn, plannedNames } from './column-plan.ts';
import type { CurationTally } from './curation-findings.ts';
import { RowParser } from './labelled-row.ts';
import { exampleId, groupOfInput } from './normalise-text.ts';
import { countOf, formatCount } from './quote-for-display.ts';
import { declaredColumns, readSource } from './read-source.ts';
import type { RowSpill } from './row-spill.ts';
import { type SourceFile, unreadableSource } from './source-file.ts';
import type { SourceRow } from './source-row.ts';
import { splitOfGroup } from './split.ts';
import { encodeRow } from './stored-row.ts';

/** A file in which none of so many first lines is usable is the wrong file, or the columns are. */
const HOPELESS_LINES = 1_000;
const MAX_DISTINCT_OUTPUTS = 10_000;

export interface IngestOptions {
  task: Task;
  plan: ColumnPlan;
  skipBad: boolean;
  spill: RowSpill;
  tally: CurationTally;
  signal?: AbortSignal | undefined;
  /** Bytes read so far. */
  onProgress(bytes: number): void;
}

/** What reading the sources found, besides the rows themselves, which are in the spill. */
export interface Ingested {
  sources: DatasetManifest['sources'];
  rowsRead: number;
  rowsKept: number;
  emptyFiles: string[];
  badLines: BadLines;
  parser: RowParser;
}

/** Reads all sources, checks every row, and sorts the good ones into the spill by the hash of their input. */
export async function ingestSources(files: readonly SourceFile[], options: IngestOptions): Promise<Ingested> {
  const ingest = new Ingest(options);
  for (const [index, file] of files.entries()) await ingest.read(file, index);
  return ingest.finish();
}

class Ingest {
  readonly #options: IngestOptions;
  readonly #parser: RowParser;
  readonly #badLines = new BadLines();
  readonly #outputs = new Set<string>();
  readonly #sources: Ingested['sources'] = [];
  readonly #emptyFiles: string[] = [];
  #rowsRead = 0;
  #rowsKept = 0;
  #bytesBefore = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#parser = new RowParser(options.plan);
  }

  async read(file: SourceFile, index: number): Promise<void> {
    const { plan, signal, onProgress } = this.#options;
    const declared = await named(file, () => declaredColumns(file));
    if (declared !== null && declared.length > 0) checkDeclaredColumns(plan, declared, file.name);
    const hash = createHash('sha256');
    const rowsBefore = this.#rowsRead;
    let bytes = 0;
    const onBytes = (block: Uint8Array): void => {
      hash.update(block);
      bytes += block.length;
      onProgress(this.#bytesBefore + bytes);
    };
    await named(file, async () => {
      for await (const rows of readSource(file, { columns: plannedNames(plan), onBytes, signal })) {
        for (const row of rows) this.#take(row, file, index);
        this.#stopWhenHopeless();
        await this.#options.spill.relieve();
      }
    });
    await assertUnchanged(file);
    const rows = this.#rowsRead - rowsBefore;
    if (rows === 0) this.#noteEmpty(file);
    const sha256 = file.format === 'parquet' ? await sha256OfFile(file.path) : hash.digest('hex');
    this.#sources.push({ file: file.name, format: file.format, bytes: file.bytes, sha256, rows });
    this.#bytesBefore += file.bytes;
    onProgress(this.#bytesBefore);
  }

  #take(row: SourceRow, file: SourceFile, source: number): void {
    const { tally, task, spill } = this.#options;
    this.#rowsRead += 1;
    if ('problem' in row) return this.#badLines.add(file.name, row.line, row.problem);
    const labelled = this.#parser.parse(row.values);
    if ('problem' in labelled) return this.#badLines.add(file.name, row.line, labelled.problem);
    const { input, output, split, time, weight } = labelled;
    if (input.trim() === '') return tally.addEmpty(file.name, row.line);
    if (input.length > task.config.curation.maxInputLength) {
      return tally.addOverLong(file.name, row.line, input.length);
    }
    this.#noteOutput(output);
    const id = exampleId(input);
    const group = labelled.group ?? groupOfInput(input);
    const partition = Number.parseInt(id.slice(0, 4), 16);
    const place = Math.floor((partition * spill.partitions) / 65_536);
    this.#rowsKept += 1;
    spill.add(
      place,
      encodeRow({
        id,
        input,
        output,
        group,
        split: split ?? splitOfGroup(group),
        time,
        weight,
        source,
        line: row.line,
      }),
    );
  }

  #noteOutput(output: string): void {
    this.#outputs.add(output);
    if (this.#outputs.size <= MAX_DISTINCT_OUTPUTS) return;
    throw new HomegrownError({
      code: 'data/too-many-outputs',
      message: 'the outputs are too many to be classes',
      where: this.#options.plan.output,
      expected: `at most ${formatCount(MAX_DISTINCT_OUTPUTS)} different outputs that repeat`,
      found: `more than that in the first ${countOf(this.#rowsRead, 'row')}`,
      hint: 'Is it the right column? Name it in the task’s config: columns: { output: "…" }',
    });
  }

  #stopWhenHopeless(): void {
    const hopeless = this.#badLines.count >= HOPELESS_LINES && this.#badLines.count === this.#rowsRead;
    if (hopeless && !this.#options.skipBad) throw this.#badLines.toError(this.#rowsRead, true);
  }

  #noteEmpty(file: SourceFile): void {
    this.#emptyFiles.push(file.name);
    if (this.#options.skipBad) return;
    throw new HomegrownError({
      code: 'data/empty-file',
      message: 'cannot be used as data',
      where: file.name,
      expected: 'at least one example',
      found: file.format === 'csv' ? 'no line after the header' : 'no rows',
      hint: 'Export it again, or go on without it with --skip-bad.',
    });
  }

  finish(): Ingested {
    const { plan, skipBad } = this.#options;
    if (this.#badLines.count > 0 && !skipBad) throw this.#badLines.toError(this.#rowsRead, false);
    for (const part of plan.demanded) {
      if (this.#parser.usedParts.has(part) || this.#rowsKept === 0) continue;
      const where = this.#sources.map(({ file }) => file).join(', ');
      throw missingColumn(part, plan[part]!, [...this.#parser.seenColumns], where);
    }
    return {
      sources: this.#sources,
      rowsRead: this.#rowsRead,
      rowsKept: this.#rowsKept,
      emptyFiles: this.#emptyFiles,
      badLines: this.#badLines,
      parser: this.#parser,
    };
  }
}

/** Errors of the readers name absolute paths; reports name files as the user does. */
async function named<T>(file: SourceFile, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof HomegrownError)) throw unreadableSource(file.name, error);
    if (error.where?.startsWith(file.path) !== true) throw error;
    throw renamed(error, file);
  }
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
