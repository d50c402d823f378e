import { HomegrownError } from '../errors/homegrown-error.ts';
import type { CurationFinding, DatasetManifest } from '../schema/dataset-manifest.ts';
import type { Task } from '../task/task.ts';
import { BadLines } from './bad-lines.ts';
import { type ColumnPlan, missingColumn } from './column-plan.ts';
import type { CurationTally } from './curation-findings.ts';
import type { DataSource } from './data-source.ts';
import { type LabelledRow, RowParser } from './labelled-row.ts';
import { exampleId, groupOfInput } from './normalise-text.ts';
import { countOf, formatCount } from './quote-for-display.ts';
import type { RowSpill } from './row-spill.ts';
import type { SourceRow } from './source-row.ts';
import { splitOfGroup } from './split.ts';
import { encodeRow, type StoredRow } from './stored-row.ts';

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
  /** What the sources themselves had to say. */
  findings: CurationFinding[];
  rowsRead: number;
  rowsKept: number;
  emptyFiles: string[];
  badLines: BadLines;
  parser: RowParser;
}

/** Reads all sources, checks every row, and sorts the good ones into the spill by the hash of their input. */
export async function ingestSources(
  sources: readonly DataSource[],
  options: IngestOptions,
): Promise<Ingested> {
  const ingest = new Ingest(options);
  for (const [index, source] of sources.entries()) await ingest.read(source, index);
  return ingest.finish();
}

class Ingest {
  readonly #options: IngestOptions;
  readonly #parser: RowParser;
  readonly #badLines = new BadLines();
  readonly #outputs = new Set<string>();
  readonly #sources: Ingested['sources'] = [];
  readonly #findings: CurationFinding[] = [];
  readonly #emptyFiles: string[] = [];
  #rowsRead = 0;
  #rowsKept = 0;
  #bytesBefore = 0;

  constructor(options: IngestOptions) {
    this.#options = options;
    this.#parser = new RowParser(options.plan);
  }

  async read(source: DataSource, index: number): Promise<void> {
    const { plan, signal, onProgress } = this.#options;
    const rowsBefore = this.#rowsRead;
    const read = source.read({
      plan,
      signal,
      onProgress: (bytes) => onProgress(this.#bytesBefore + bytes),
    });
    for await (const rows of read) {
      for (const row of rows) this.#take(row, source, index);
      this.#stopWhenHopeless();
      await this.#options.spill.relieve();
    }
    const rows = this.#rowsRead - rowsBefore;
    if (rows === 0) this.#noteEmpty(source);
    this.#sources.push(await source.describe(rows));
    this.#findings.push(...source.findings());
    this.#bytesBefore += source.bytes;
    onProgress(this.#bytesBefore);
  }

  #take(row: SourceRow, from: DataSource, source: number): void {
    this.#rowsRead += 1;
    if ('problem' in row) return this.#badLines.add(from.name, row.line, row.problem);
    const labelled = this.#parser.parse(row.values);
    if ('problem' in labelled) return this.#badLines.add(from.name, row.line, labelled.problem);
    const { tally, task } = this.#options;
    const { input } = labelled;
    const place = (): string => row.origin?.inference ?? `${from.name}:${row.line}`;
    if (input.trim() === '') return tally.addEmpty(place());
    if (input.length > task.config.curation.maxInputLength) return tally.addOverLong(place(), input.length);
    this.#noteOutput(labelled.output);
    this.#keep(labelled, { source, line: row.line, call: row.origin ?? null });
  }

  #keep(row: LabelledRow, place: Pick<StoredRow, 'source' | 'line' | 'call'>): void {
    const { spill } = this.#options;
    const id = exampleId(row.input);
    const group = row.group ?? groupOfInput(row.input);
    const partition = Number.parseInt(id.slice(0, 4), 16);
    this.#rowsKept += 1;
    spill.add(
      Math.floor((partition * spill.partitions) / 65_536),
      encodeRow({ ...row, ...place, id, group, split: row.split ?? splitOfGroup(group) }),
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

  #noteEmpty(source: DataSource): void {
    const found = source.emptiness();
    if (found === null) return;
    this.#emptyFiles.push(source.name);
    if (this.#options.skipBad) return;
    throw new HomegrownError({
      code: 'data/empty-file',
      message: 'cannot be used as data',
      where: source.name,
      expected: 'at least one example',
      found,
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
      findings: this.#findings,
      rowsRead: this.#rowsRead,
      rowsKept: this.#rowsKept,
      emptyFiles: this.#emptyFiles,
      badLines: this.#badLines,
      parser: this.#parser,
    };
  }
}
