import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import type { CurationFinding, DatasetManifest } from '../schema/dataset-manifest.ts';
import type { Example } from '../schema/example.ts';
import type { Task } from '../task/task.ts';
import { syncDirectory, writeFailure, writeFileAtomic } from '../util/atomic-file.ts';
import { createBuildDirectory, removeBuildDirectory, sweepAbandonedBuilds } from './build-directory.ts';
import { buildKey, buildRecordPath, readBuildRecord, writeBuildRecord } from './build-record.ts';
import type { CapturedCalls } from './captured/captured-calls.ts';
import { type ColumnPlan, planColumns, usedColumns } from './column-plan.ts';
import { classFindings, CurationTally } from './curation-findings.ts';
import type { DataSource, QuickIdentity } from './data-source.ts';
import {
  type DatasetVersion,
  datasetVersionOf,
  EXAMPLES_FILE,
  MANIFEST_FILE,
  openDatasetVersion,
} from './dataset-version.ts';
import { readTombstone, wouldReturn } from './erasure/dataset-tombstone.ts';
import { ExamplesWriter, readExampleBatches } from './examples-file.ts';
import { GroupSpans, type GroupSpanResult } from './group-spans.ts';
import { type Ingested, ingestSources } from './ingest-sources.ts';
import { throwIfInterrupted } from './interruption.ts';
import { findNearDuplicates } from './near-duplicates.ts';
import { openSources } from './open-sources.ts';
import { countOf, quoteForDisplay } from './quote-for-display.ts';
import { resolveCopies } from './resolve-copies.ts';
import { partitionsFor, RowSpill } from './row-spill.ts';
import { sourceFindings } from './source-findings.ts';
import { assertUsable } from './usable-data.ts';
import { VersionStatistics } from './version-statistics.ts';

export interface BuildDatasetOptions {
  task: Task;
  /** What paths and globs in the task's `data` are relative to. */
  projectDir: string;
  /** Holds one directory per version, named by its hash. */
  datasetsDir: string;
  /** The captured calls that `captured()` reads; null: there are none here. */
  calls: CapturedCalls | null;
  /** Leave out bad lines (and empty files) and report them, instead of failing with a list of them. */
  skipBad: boolean;
  /** Asked before the version is put in its place: false when something was erased since the sources were opened. */
  isStillAllowed?(): Promise<boolean>;
  signal?: AbortSignal;
  /** A short sentence and, when known, the share done (0 to 1). */
  progress?(message: string, share?: number): void;
}

/**
 * Makes a data-set version of a task's sources: read, checked, curated, split. The same content gives the same version,
 * which is never modified; sources that have not changed are not parsed again. Throws HomegrownError `data/…`.
 */
export async function buildDataset(options: BuildDatasetOptions): Promise<DatasetVersion> {
  throwIfInterrupted(options.signal);
  const sources = await openSources(options.task, options);
  const earlier = await findEarlierBuild(sources, options);
  if (earlier !== null) return earlier;
  await sweepAbandonedBuilds(options.datasetsDir);
  const directory = await createBuildDirectory(options.datasetsDir);
  try {
    return await new DatasetBuild(sources, directory, options).run();
  } finally {
    await removeBuildDirectory(directory);
  }
}

/** The version an earlier build made of exactly these sources and settings, if it is still whole. */
async function findEarlierBuild(
  sources: readonly DataSource[],
  { task, skipBad, datasetsDir, progress, signal }: BuildDatasetOptions,
): Promise<DatasetVersion | null> {
  const sized = quickIdentities(sources);
  if (sized === null) return null;
  const record = await readBuildRecord(buildRecordPath(datasetsDir, task, skipBad, sized));
  if (record === null) return null;
  progress?.('checking whether the sources have changed');
  const hashed: { file: string; format: string; sha256: string }[] = [];
  for (const source of sized) {
    throwIfInterrupted(signal);
    hashed.push({ file: source.name, format: source.format, sha256: await source.sha256() });
  }
  if (record.key !== buildKey(task, skipBad, hashed)) return null;
  const { manifest } = record;
  const directory = join(datasetsDir, manifest.hash);
  const version = await openDatasetVersion(directory, { verify: true }).catch(() => null);
  if (version === null) return null;
  progress?.('the sources have not changed: using the version made of them', 1);
  return datasetVersionOf(directory, manifest);
}

/** What is known of all sources before they are read; null when one of them must be read to know. */
function quickIdentities(sources: readonly DataSource[]): (QuickIdentity & { name: string })[] | null {
  const found = sources.map((source) => ({ name: source.name, identity: source.quickIdentity() }));
  const known = found.flatMap(({ name, identity }) => (identity === null ? [] : [{ ...identity, name }]));
  return known.length < found.length ? null : known;
}

/** One build, from sources to a version in its place. */
class DatasetBuild {
  readonly #sources: readonly DataSource[];
  readonly #directory: string;
  readonly #options: BuildDatasetOptions;
  readonly #plan: ColumnPlan;
  readonly #tally: CurationTally;
  readonly #totalBytes: number;
  readonly #partitions: number;

  constructor(sources: readonly DataSource[], directory: string, options: BuildDatasetOptions) {
    this.#sources = sources;
    this.#directory = directory;
    this.#options = options;
    this.#plan = planColumns(options.task.config.columns);
    this.#tally = new CurationTally(sources);
    this.#totalBytes = sources.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#partitions = partitionsFor(this.#totalBytes);
  }

  async run(): Promise<DatasetVersion> {
    const rows = new RowSpill({ directory: this.#directory, name: 'rows', partitions: this.#partitions });
    const ingested = await this.#ingest(rows);
    const curated = await this.#curate(rows, ingested);
    const { spans } = curated;
    const written = spans.removedCount > 0 ? await this.#dropSpanning(spans) : curated;
    assertUsable(ingested, this.#tally, written.statistics, spans.groups, this.#plan);
    const manifest = await this.#describe(ingested, spans, written);
    return await this.#publish(manifest);
  }

  async #ingest(spill: RowSpill): Promise<Ingested> {
    const { task, skipBad, signal } = this.#options;
    return await ingestSources(this.#sources, {
      task,
      plan: this.#plan,
      skipBad,
      spill,
      tally: this.#tally,
      signal,
      onProgress: (bytes) => this.#report('reading', (0.6 * bytes) / Math.max(1, this.#totalBytes)),
    });
  }

  #report(message: string, share: number): void {
    this.#options.progress?.(message, Math.min(1, share));
  }

  /** Brings copies together and writes one row of each input that is left, in the order of the inputs' hashes. */
  async #curate(rows: RowSpill, ingested: Ingested): Promise<Written & { spans: GroupSpanResult }> {
    const statistics = new VersionStatistics();
    const spans = new GroupSpans(
      new RowSpill({ directory: this.#directory, name: 'groups', partitions: this.#partitions }),
    );
    const policy = this.#options.task.config.curation.conflictingOutputs;
    const hash = await this.#writeExamples('curated.jsonl', async (writer) => {
      for (let partition = 0; partition < rows.partitions; partition++) {
        throwIfInterrupted(this.#options.signal);
        this.#report('curating', 0.6 + (0.2 * partition) / rows.partitions);
        await resolveCopies(rows.read(partition), policy, (resolution) => {
          this.#tally.addResolution(resolution);
          if (resolution.kept === null) return;
          const { source, line, call, ...kept } = resolution.kept;
          const origin = call ?? { file: ingested.sources[source]!.file, line };
          const example: Example = { ...kept, origin };
          writer.add(example);
          statistics.add(example);
          spans.add(example);
        });
        rows.release(partition);
        await writer.relieve();
        await spans.relieve();
      }
    });
    return { file: 'curated.jsonl', hash, statistics, spans: await spans.finish() };
  }

  /** Writes the examples again without those whose group is also in a more held-out split. */
  async #dropSpanning({ removed }: GroupSpanResult): Promise<Written> {
    const statistics = new VersionStatistics();
    const hash = await this.#writeExamples('unspanned.jsonl', async (writer) => {
      let row = 0;
      for await (const batch of readExampleBatches(join(this.#directory, 'curated.jsonl'))) {
        throwIfInterrupted(this.#options.signal);
        for (const { example } of batch) {
          if (removed[row++] === 1) {
            const { group, split, input } = example;
            this.#tally.addSpan(`${quoteForDisplay(input)} (${split}), group ${quoteForDisplay(group, 30)}`);
            continue;
          }
          writer.add(example);
          statistics.add(example);
        }
        await writer.relieve();
      }
    });
    return { file: 'unspanned.jsonl', hash, statistics };
  }

  async #writeExamples(name: string, fill: (writer: ExamplesWriter) => Promise<void>): Promise<string> {
    const writer = await ExamplesWriter.create(join(this.#directory, name));
    try {
      await fill(writer);
      return await writer.finish();
    } finally {
      await writer.close();
    }
  }

  async #describe(ingested: Ingested, spans: GroupSpanResult, written: Written): Promise<DatasetManifest> {
    const { task, signal } = this.#options;
    const { statistics } = written;
    this.#report('looking for near duplicates', 0.85);
    const near = await findNearDuplicates(join(this.#directory, written.file), {
      examples: statistics.examples,
      heldOut: statistics.splits.heldOut,
      signal,
    });
    await rename(join(this.#directory, written.file), join(this.#directory, EXAMPLES_FILE));
    const classes = statistics.classes();
    const curation: CurationFinding[] = [
      ...sourceFindings(ingested),
      ...this.#tally.findings(task, spans),
      ...near,
      ...classFindings(classes, statistics.examples),
    ];
    return {
      format: 1,
      hash: written.hash,
      task: task.name,
      sources: ingested.sources,
      columns: usedColumns(this.#plan, ingested.parser.usedParts),
      rowsRead: ingested.rowsRead,
      examples: statistics.examples,
      groups: spans.groups,
      splits: { ...statistics.splits },
      classes,
      inputLength: statistics.inputLength(),
      curation,
    };
  }

  /** Puts the version in its place with one rename, unless it is there already. */
  async #publish(manifest: DatasetManifest): Promise<DatasetVersion> {
    const { datasetsDir, task, skipBad, signal } = this.#options;
    this.#report('writing the version', 0.98);
    throwIfInterrupted(signal);
    const target = join(datasetsDir, manifest.hash);
    await this.#assertNotErased(target, manifest);
    const existing = await openDatasetVersion(target, { verify: true }).catch(() => null);
    if (existing === null) await this.#moveInto(target, manifest);
    const sized = quickIdentities(this.#sources);
    if (sized !== null) {
      const recordPath = buildRecordPath(datasetsDir, task, skipBad, sized);
      await writeBuildRecord(recordPath, buildKey(task, skipBad, manifest.sources), manifest);
    }
    this.#report(`${countOf(manifest.examples, 'example')} in version ${manifest.hash.slice(0, 12)}`, 1);
    return datasetVersionOf(target, manifest);
  }

  async #assertNotErased(target: string, { sources }: DatasetManifest): Promise<void> {
    const tombstone = await readTombstone(target);
    if (tombstone !== null) {
      const names = sources.map(({ file }) => file);
      throw wouldReturn(tombstone, names);
    }
    if ((await this.#options.isStillAllowed?.()) === false) throw erasedMeanwhile();
  }

  async #moveInto(target: string, manifest: DatasetManifest): Promise<void> {
    const staged = join(this.#directory, 'version');
    try {
      await mkdir(staged);
      await rename(join(this.#directory, EXAMPLES_FILE), join(staged, EXAMPLES_FILE));
      await writeFileAtomic(join(staged, MANIFEST_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
      await renameDirectory(staged, target);
      await syncDirectory(this.#options.datasetsDir);
    } catch (error) {
      throw error instanceof HomegrownError ? error : writeFailure(target, error);
    }
  }
}

function erasedMeanwhile(): HomegrownError {
  return new HomegrownError({
    code: 'data/erased-meanwhile',
    message: 'examples were erased on request while this was being built; no version was written',
    hint: 'Run the command again.',
  });
}

interface Written {
  /** Name in the build's directory. */
  file: string;
  hash: string;
  statistics: VersionStatistics;
}

/** Another build of the same content may have been quicker; a damaged version is replaced. */
async function renameDirectory(from: string, to: string): Promise<void> {
  try {
    await rename(from, to);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    if ((await openDatasetVersion(to, { verify: true }).catch(() => null)) !== null) return;
    await rm(to, { recursive: true, force: true });
    await rename(from, to);
  }
}
