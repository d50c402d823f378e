import { createReadStream } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { openDatasetVersion } from '../../data/dataset-version.ts';
import { readTombstone } from '../../data/erasure/dataset-tombstone.ts';
import { describeFile } from '../../data/transfer/table-writer.ts';
import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import { verifyCandidateFolder } from '../../predictor/candidate-folder.ts';
import { apiKeySchema } from '../../schema/api-key.ts';
import { candidateManifestSchema } from '../../schema/candidate-manifest.ts';
import { erasureRecordSchema } from '../../schema/erasure.ts';
import {
  type ExportCounts,
  type ExportManifest,
  exportManifestSchema,
} from '../../schema/export-manifest.ts';
import { type Feedback, feedbackSchema } from '../../schema/feedback.ts';
import { inferenceSchema } from '../../schema/inference.ts';
import type { DeploymentAction, JsonValue, ModelRecord } from '../../store/store.ts';
import { syncDirectory, temporaryNameFor } from '../../util/atomic-file.ts';
import type { Project } from '../project.ts';
import { ErasedBefore } from './erased-before.ts';
import { EXPORT_FILE } from './export-all.ts';
import { refuseOtherModels } from './refuse-other-models.ts';

const AT_ONCE = 200;

export interface ImportAllOptions {
  signal?: AbortSignal;
  progress?(message: string, share?: number): void;
}

/** How many of each kind were in the export, and how many of them were not here yet. */
export interface Imported {
  readonly found: ExportCounts;
  readonly added: ExportCounts;
  /** Captures that were left out, because their user or group was erased here since. */
  readonly erased: number;
}

/**
 * Takes over what `exportAll` wrote. Every file is checked against its hash before anything is changed, every record by its schema;
 * what is here already stays as it is, so that an interrupted import is simply repeated. Imported keys open nothing: nobody has
 * their secret. Throws `transfer/…`.
 */
export async function importAll(
  project: Project,
  directory: string,
  options: ImportAllOptions = {},
): Promise<Imported> {
  const manifest = await readExportManifest(directory);
  await verifyFiles(directory, manifest, options);
  const { found, added, erased } = await new CompleteImport(project, directory, manifest, options).run();
  return { found, added, erased };
}

async function readExportManifest(directory: string): Promise<ExportManifest> {
  const path = join(directory, EXPORT_FILE);
  try {
    return exportManifestSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    throw new HomegrownError({
      code: 'transfer/no-export',
      kind: 'usage',
      message: `is no complete export: ${cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause)}`,
      where: path,
      hint: 'Name a directory that `homegrown data export --all` wrote.',
      cause,
    });
  }
}

async function verifyFiles(
  directory: string,
  { files }: ExportManifest,
  { signal, progress }: ImportAllOptions,
): Promise<void> {
  const entries = Object.entries(files);
  const total = entries.reduce((sum, [, { bytes }]) => sum + bytes, 1);
  let done = 0;
  for (const [name, expected] of entries) {
    signal?.throwIfAborted();
    if (name.split('/').includes('..')) throw damaged(name, 'a path inside of the export', name);
    const found = await describeFile(join(directory, name)).catch((cause: unknown) => {
      throw damaged(name, 'a file', messageOf(cause));
    });
    if (found.sha256 !== expected.sha256) throw damaged(name, `SHA-256 ${expected.sha256}`, found.sha256);
    done += expected.bytes;
    progress?.('checking the export', done / total);
  }
}

function damaged(where: string, expected: string, found: string): HomegrownError {
  return new HomegrownError({
    code: 'transfer/damaged-export',
    message: 'the export is not what was written; nothing was imported',
    where,
    expected,
    found,
    hint: 'Copy or export it again.',
  });
}

const json = z.json() as z.ZodType<JsonValue>;
const state = z.enum(['shadow', 'canary', 'live', 'retired']);
const modelSchema = z.strictObject({
  task: z.string(),
  version: z.number().int().positive(),
  fingerprint: z.string(),
  manifest: candidateManifestSchema,
  evaluation: json,
  registeredAt: z.string(),
});
const deploymentSchema = z.strictObject({
  task: z.string(),
  version: z.number().int().positive(),
  state,
  since: z.string(),
  settings: json,
});
const transitionSchema = z.strictObject({
  task: z.string(),
  version: z.number().int().positive(),
  from: state.nullable(),
  to: state,
  settings: json.optional().transform((value) => value ?? null),
  action: z.string().transform((action) => action as DeploymentAction),
  by: z.string(),
  reason: z.string().nullable(),
  evidence: json,
  at: z.string(),
});
const keySchema = apiKeySchema.omit({ hash: true });

class CompleteImport {
  readonly found: ExportCounts;
  readonly added: ExportCounts;
  erased = 0;
  readonly #project: Project;
  readonly #directory: string;
  readonly #manifest: ExportManifest;
  readonly #options: ImportAllOptions;

  constructor(project: Project, directory: string, manifest: ExportManifest, options: ImportAllOptions) {
    this.#project = project;
    this.#directory = directory;
    this.#manifest = manifest;
    this.#options = options;
    this.found = { ...manifest.counts };
    this.added = {
      inferences: 0,
      feedback: 0,
      models: 0,
      deployments: 0,
      transitions: 0,
      keys: 0,
      erasures: 0,
      datasets: 0,
      modelFolders: 0,
      reports: 0,
    };
  }

  async run(): Promise<this> {
    const { store } = this.#project;
    await refuseOtherModels(store, {
      models: await this.#all('models', modelSchema),
      erasures: await this.#all('erasures', erasureRecordSchema),
    });
    await this.#importErasures();
    const erased = await ErasedBefore.of(this.#project);
    const gone = new Set<string>();
    await this.#each('inferences', inferenceSchema, async (rows) => {
      const kept = await keepOnly(
        rows,
        async (row) => !(await erased.hasCall(row)),
        (row) => {
          gone.add(row.id);
          if (row.responseId !== null) gone.add(row.responseId);
          this.erased += 1;
        },
      );
      this.added.inferences += await store.inferences.append(kept);
    });
    await this.#each('feedback', feedbackSchema, async (rows) => {
      const isKept = async ({ inference, by, at }: Feedback): Promise<boolean> =>
        !gone.has(inference) && !(await erased.has('user', by, at));
      this.added.feedback += await store.feedback.append(await keepOnly(rows, isKept));
    });
    await this.#importKeys();
    await this.#importDatasets();
    await this.#importModels();
    await this.#importDeployments();
    await this.#importReports();
    return this;
  }

  async #each<T>(
    name: string,
    schema: z.ZodType<T>,
    take: (rows: readonly T[]) => Promise<void>,
  ): Promise<void> {
    const path = join(this.#directory, `${name}.jsonl`);
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Infinity });
    let batch: T[] = [];
    let number = 0;
    for await (const line of lines) {
      this.#options.signal?.throwIfAborted();
      batch.push(parseLine(schema, line, `${name}.jsonl:${++number}`));
      if (batch.length < AT_ONCE) continue;
      await take(batch);
      batch = [];
      this.#options.progress?.(`importing ${name}`);
    }
    if (batch.length > 0) await take(batch);
  }

  async #all<T>(name: string, schema: z.ZodType<T>): Promise<T[]> {
    const all: T[] = [];
    await this.#each(name, schema, async (rows) => void all.push(...rows));
    return all;
  }

  /** A hash that is none belongs to no secret. */
  async #importKeys(): Promise<void> {
    const { keys } = this.#project.store;
    const known = new Set((await keys.list()).map(({ id }) => id));
    for (const key of await this.#all('keys', keySchema)) {
      if (known.has(key.id)) continue;
      await keys.add({ ...key, hash: `imported ${key.id}` });
      this.added.keys += 1;
    }
  }

  async #importErasures(): Promise<void> {
    const { erasures } = this.#project.store;
    const known = new Set((await erasures.list()).map(({ id }) => id));
    for (const record of await this.#all('erasures', erasureRecordSchema)) {
      if (known.has(record.id)) continue;
      await erasures.add(record);
      this.added.erasures += 1;
    }
  }

  async #importDatasets(): Promise<void> {
    const { datasetsDirectory } = this.#project;
    for (const hash of this.#namesIn('datasets')) {
      const target = join(datasetsDirectory, hash);
      const isErasedHere = (await readTombstone(target)) !== null;
      const isHere = isErasedHere || (await openDatasetVersion(target).then(yes, no));
      if (isHere) continue;
      await this.#place(`datasets/${hash}`, target, {
        leaveOut: new Set(['examples.parquet']),
      });
      this.added.datasets += 1;
    }
  }

  async #importModels(): Promise<void> {
    const { store, models } = this.#project;
    const erasures = await store.erasures.list();
    for (const record of await this.#all('models', modelSchema)) {
      const { task, version } = record;
      const isKnown = (await store.models.find(task, version)) !== null;
      const directory = models.directoryOf(task, version);
      const folder = `models/${task}/${version}`;
      const isThere = await stat(directory).then(yes, no);
      const isExported = Object.keys(this.#manifest.files).some((name) => name.startsWith(`${folder}/`));
      const isErased = erasures.some((erasure) =>
        erasure.models.some((model) => model.task === task && model.version === version),
      );
      if (isExported && !isThere && !isErased) {
        await this.#place(folder, directory, {
          check: async (copy) => void (await verifyCandidateFolder(copy)),
        });
        this.added.modelFolders += 1;
      }
      await store.models.add(record);
      if (isExported) await this.#share(record);
      if (!isKnown) this.added.models += 1;
    }
  }

  /** Puts a model's files where other machines fetch them; of one that is damaged or erased here there are none to share. */
  async #share({ task, version }: ModelRecord): Promise<void> {
    const { store, models } = this.#project;
    if (store.modelFiles === null) return;
    if (await models.verifiedDirectoryOf(task, version).then(yes, no)) await models.share(task, version);
  }

  async #importDeployments(): Promise<void> {
    const deployments = Map.groupBy(await this.#all('deployments', deploymentSchema), ({ task }) => task);
    const transitions = Map.groupBy(await this.#all('transitions', transitionSchema), ({ task }) => task);
    for (const task of new Set([...deployments.keys(), ...transitions.keys()])) {
      const archive = { deployments: deployments.get(task) ?? [], history: transitions.get(task) ?? [] };
      if (!(await this.#project.store.deployments.restore(task, archive))) continue;
      this.added.deployments += archive.deployments.length;
      this.added.transitions += archive.history.length;
    }
  }

  async #importReports(): Promise<void> {
    const root = join(this.#project.homegrownDirectory, 'reports');
    const runs = new Set(
      Object.keys(this.#manifest.files)
        .filter((name) => name.startsWith('reports/'))
        .map((name) => dirname(name).slice('reports/'.length)),
    );
    for (const run of runs) {
      const target = join(root, run);
      if (await stat(join(target, 'report.json')).then(yes, no)) continue;
      await this.#place(`reports/${run}`, target, {});
      this.added.reports += 1;
    }
  }

  #namesIn(folder: string): string[] {
    const names = Object.keys(this.#manifest.files).filter((name) => name.startsWith(`${folder}/`));
    return [...new Set(names.map((name) => name.split('/')[1]!))];
  }

  /** Copies a folder of the export whole or not at all. */
  async #place(
    folder: string,
    target: string,
    {
      leaveOut = new Set(),
      check,
    }: { leaveOut?: ReadonlySet<string>; check?: (copy: string) => Promise<void> },
  ): Promise<void> {
    const temporary = temporaryNameFor(target);
    try {
      await mkdir(dirname(target), { recursive: true });
      await cp(join(this.#directory, folder), temporary, {
        recursive: true,
        preserveTimestamps: true,
        filter: (path) => !leaveOut.has(path.split(/[/\\]/u).at(-1)!),
      });
      await check?.(temporary);
      await rm(target, { recursive: true, force: true });
      await rename(temporary, target);
      await syncDirectory(dirname(target));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  }
}

async function keepOnly<T>(
  rows: readonly T[],
  isKept: (row: T) => Promise<boolean>,
  onLeftOut?: (row: T) => void,
): Promise<T[]> {
  const kept: T[] = [];
  for (const row of rows) {
    if (await isKept(row)) kept.push(row);
    else onLeftOut?.(row);
  }
  return kept;
}

const yes = (): boolean => true;
const no = (): boolean => false;

function parseLine<T>(schema: z.ZodType<T>, line: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw damaged(where, 'JSON', messageOf(cause));
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(where, 'a record of this kind', `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`);
}
