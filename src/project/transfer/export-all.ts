import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import {
  datasetNames,
  type DatasetVersion,
  EXAMPLES_FILE,
  openDatasetVersion,
} from '../../data/dataset-version.ts';
import { readTombstone } from '../../data/erasure/dataset-tombstone.ts';
import { readExampleBatches } from '../../data/examples-file.ts';
import { describeFile, type Table, TableWriter, type WrittenFile } from '../../data/transfer/table-writer.ts';
import { HomegrownError, systemCodeOf } from '../../errors/homegrown-error.ts';
import type { Example } from '../../schema/example.ts';
import type { ExportCounts, ExportManifest } from '../../schema/export-manifest.ts';
import type { ModelRecord } from '../../store/store.ts';
import { syncDirectory, temporaryNameFor, writeFailure, writeFileAtomic } from '../../util/atomic-file.ts';
import { filesUnder } from '../../util/files-under.ts';
import { PACKAGE_VERSION } from '../../util/package-version.ts';
import type { Project } from '../project.ts';
import { exportedFeedback, exportedInferences } from './read-store.ts';
import {
  DEPLOYMENTS,
  ERASURES,
  EXAMPLES,
  type ExportedTransition,
  FEEDBACK,
  INFERENCES,
  KEYS,
  MODELS,
  TRANSITIONS,
} from './tables.ts';

export const EXPORT_FILE = 'export.json';

export interface ExportAllOptions {
  signal?: AbortSignal;
  progress?(message: string, share?: number): void;
}

/**
 * Writes everything Homegrown knows into a directory that is absent or empty: captures, feedback, models with their files, deployments,
 * keys (without what would let somebody use them), records of erasures, data sets, reports. Tables are there as JSON lines and as
 * Parquet. Whole or not at all. Throws `transfer/…`, `file/…`.
 */
export async function exportAll(
  project: Project,
  directory: string,
  options: ExportAllOptions = {},
): Promise<ExportManifest> {
  await refuseFull(directory);
  const temporary = temporaryNameFor(directory);
  try {
    await mkdir(dirname(directory), { recursive: true });
    await mkdir(temporary);
    const manifest = await new CompleteExport(project, temporary, options).run();
    await rm(directory, { recursive: true, force: true });
    await rename(temporary, directory);
    await syncDirectory(dirname(directory));
    return manifest;
  } catch (cause) {
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(directory, cause);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

class CompleteExport {
  readonly #project: Project;
  readonly #directory: string;
  readonly #options: ExportAllOptions;
  readonly #files: Record<string, WrittenFile> = {};

  constructor(project: Project, directory: string, options: ExportAllOptions) {
    this.#project = project;
    this.#directory = directory;
    this.#options = options;
  }

  async run(): Promise<ExportManifest> {
    const { store } = this.#project;
    const keys = (await store.keys.list()).map(({ hash: _hash, ...key }) => key);
    const models = await store.models.list();
    const counts: ExportCounts = {
      inferences: await this.#table(INFERENCES, this.#inferences()),
      feedback: await this.#table(FEEDBACK, exportedFeedback(store)),
      models: await this.#table(MODELS, [models]),
      deployments: await this.#table(DEPLOYMENTS, [await store.deployments.list()]),
      transitions: await this.#table(TRANSITIONS, this.#transitions()),
      keys: await this.#table(KEYS, [keys]),
      erasures: await this.#table(ERASURES, [await store.erasures.list()]),
      datasets: await this.#datasets(),
      modelFolders: await this.#modelFolders(models),
      reports: await this.#reports(),
    };
    const manifest: ExportManifest = {
      format: 1,
      homegrown: PACKAGE_VERSION,
      exportedAt: new Date().toISOString(),
      counts,
      files: Object.fromEntries(Object.entries(this.#files).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    };
    await writeFileAtomic(join(this.#directory, EXPORT_FILE), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  }

  async *#inferences(): ReturnType<typeof exportedInferences> {
    const total = await this.#project.store.inferences.count({});
    let done = 0;
    for await (const rows of exportedInferences(this.#project.store)) {
      this.#options.signal?.throwIfAborted();
      yield rows;
      done += rows.length;
      this.#options.progress?.('exporting captures', Math.min(1, done / Math.max(1, total)));
    }
  }

  /** In the order in which they happened, over all tasks. */
  async *#transitions(): AsyncGenerator<ExportedTransition[]> {
    const { deployments, models } = this.#project.store;
    const tasks = new Set((await models.list()).map(({ task }) => task));
    const histories = await Promise.all([...tasks].map((task) => deployments.history(task)));
    const all = histories.flat().toSorted((one, other) => one.id - other.id);
    yield all.map(({ id: _id, ...transition }) => transition);
  }

  /** Examples keep every byte: the version's name is their hash. */
  async #datasets(): Promise<number> {
    const { datasetsDirectory } = this.#project;
    let count = 0;
    for (const hash of await datasetNames(datasetsDirectory)) {
      const directory = join(datasetsDirectory, hash);
      const folder = `datasets/${hash}`;
      const isErased = (await readTombstone(directory)) !== null;
      if (!isErased) {
        const version = await openDatasetVersion(directory, { verify: true });
        await this.#table(EXAMPLES, batchesOf(version), folder);
        const written = this.#files[`${folder}/${EXAMPLES_FILE}`]!.sha256;
        if (written !== hash) throw changed(directory, hash, written);
      }
      await this.#copy(directory, folder, (name) => name !== EXAMPLES_FILE);
      count += 1;
    }
    return count;
  }

  async #modelFolders(models: readonly ModelRecord[]): Promise<number> {
    let count = 0;
    for (const { task, version } of models) {
      const folder = await this.#folderOf(task, version);
      if (folder === null) continue;
      await this.#copy(folder, `models/${task}/${version}`);
      count += 1;
    }
    return count;
  }

  /** Verified, if there is anything to verify: of models whose files are gone or were erased only the record is left. */
  async #folderOf(task: string, version: number): Promise<string | null> {
    try {
      return await this.#project.models.verifiedDirectoryOf(task, version);
    } catch (error) {
      const isGone = error instanceof HomegrownError && GONE.has(error.code);
      if (isGone) return null;
      throw error;
    }
  }

  async #reports(): Promise<number> {
    const root = join(this.#project.homegrownDirectory, 'reports');
    await this.#copy(root, 'reports', (name) => /(^|\/)report\.(json|html)$/u.test(name));
    return Object.keys(this.#files).filter((path) => path.endsWith('/report.json')).length;
  }

  async #copy(source: string, folder: string, wanted: (name: string) => boolean = () => true): Promise<void> {
    for await (const path of filesUnder(source)) {
      this.#options.signal?.throwIfAborted();
      const name = relative(source, path).split(sep).join('/');
      if (!wanted(name)) continue;
      const target = join(this.#directory, folder, name);
      await mkdir(dirname(target), { recursive: true });
      await cp(path, target, { preserveTimestamps: true });
      this.#files[`${folder}/${name}`] = await describeFile(target);
    }
  }

  async #table<T extends object>(
    table: Table<T>,
    batches: AsyncIterable<readonly T[]> | Iterable<readonly T[]>,
    folder = '.',
  ): Promise<number> {
    const directory = join(this.#directory, folder);
    await mkdir(directory, { recursive: true });
    const writer = await TableWriter.create(directory, table);
    try {
      for await (const rows of batches) await writer.add(rows);
      for (const [name, file] of Object.entries(await writer.finish())) {
        this.#files[folder === '.' ? name : `${folder}/${name}`] = file;
      }
      return writer.rows;
    } finally {
      await writer.close();
    }
  }
}

const GONE: ReadonlySet<string> = new Set(['model/no-manifest', 'registry/erased-model']);

async function* batchesOf(version: DatasetVersion): AsyncGenerator<Example[]> {
  for await (const batch of readExampleBatches(join(version.directory, EXAMPLES_FILE))) {
    yield batch.map(({ example }) => example);
  }
}

async function refuseFull(directory: string): Promise<void> {
  const present = await readdir(directory).catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT') return [];
    throw writeFailure(directory, cause);
  });
  if (present.length === 0) return;
  throw new HomegrownError({
    code: 'transfer/not-empty',
    kind: 'usage',
    message: 'the directory to export to is not empty',
    where: directory,
    found: `${present.length} ${present.length === 1 ? 'entry' : 'entries'}, the first "${present[0]}"`,
    hint: 'Name a new directory; nothing is ever written over.',
  });
}

function changed(where: string, expected: string, found: string): HomegrownError {
  return new HomegrownError({
    code: 'transfer/changed-examples',
    message: 'the examples would not be the same after the export',
    where,
    expected: `SHA-256 ${expected}`,
    found,
  });
}
