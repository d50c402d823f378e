import { resolve, join } from 'node:path';
import { buildDataset } from '../data/build-dataset.ts';
import { type DatasetVersion, listDatasetVersions, openDatasetVersion } from '../data/dataset-version.ts';
import { exportDataset } from '../data/export-dataset.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { copyCandidateFolder, verifyCandidateFolder } from '../predictor/candidate-folder.ts';
import { loadPredictor } from './load-predictor.ts';
import type { Predictor } from '../predictor/predictor.ts';
import { type Redactor, redactor } from '../protocol/redaction/redactor.ts';
import { gateSettingsOf } from '../registry/gates/gate-settings.ts';
import { Promotions } from '../registry/promotions.ts';
import { type Registry, registryOver } from '../registry/registry.ts';
import type { Config, ConfigInput } from '../schema/config.ts';
import type { ErasureRecord, ErasureSubject } from '../schema/erasure.ts';
import type { ExportManifest } from '../schema/export-manifest.ts';
import type { Report } from '../schema/report.ts';
import type { Store } from '../store/store.ts';
import type { Task } from '../task/task.ts';
import { openUpstreams } from '../upstream/open-upstreams.ts';
import type { PriceBook } from '../upstream/price-book.ts';
import { bundledPriceTable } from '../upstream/prices/bundled-price-table.ts';
import { priceBookOver } from '../upstream/prices/table-price-book.ts';
import type { UpstreamSet } from '../upstream/upstream.ts';
import { closestName } from '../util/closest-name.ts';
import { Captures } from './captures.ts';
import { type ClimbTaskOptions, climbTask, type FinishedClimb } from './climb-task.ts';
import { type FeedbackImportOptions, importFeedback, type ImportedFeedback } from './feedback-import.ts';
import { loadConfig, parseConfig } from './load-config.ts';
import { redactionOf } from './redaction-of.ts';
import { openStore, type ProjectStoreLocation, storeLocation } from './open-store.ts';
import { latestReport } from './reports.ts';
import { applyRetention, type Retained } from './retention.ts';
import { type ServeOptions, serveProject } from './serve-project.ts';
import { type EraseOptions, eraseSubject } from './erasure/erase-subject.ts';
import { ErasureFolder, noErasureSince, refuseWhileErasing } from './erasure/erasure-work.ts';
import { exportAll, type ExportAllOptions } from './transfer/export-all.ts';
import { importAll, type ImportAllOptions, type Imported } from './transfer/import-all.ts';
import { findTrainingRun, listTrainingRuns, type TrainingRun } from './training-runs.ts';
import { type ApiKeys, apiKeysIn } from '../gateway/access/api-keys.ts';
import type { RunningServer } from '../gateway/server.ts';

export type { DatasetVersion } from '../data/dataset-version.ts';
export type { ApiKeys, KeyInUse, NewKey, ShownKey } from '../gateway/access/api-keys.ts';
export type { RegisteredModel } from '../registry/registry.ts';
export type { StepTaken } from '../registry/promotion-step.ts';
export type { DeploymentStatus } from '../schema/deployment-status.ts';
export type { GateResult } from '../schema/gate.ts';
export type { Transition } from '../store/store.ts';

/** What building a data set may be told. */
export interface BuildDatasetOptions {
  /** Go on without the lines that cannot be read; they are counted and shown. */
  skipBad?: boolean;
  signal?: AbortSignal;
  progress?(message: string, share?: number): void;
}

/** A directory with a config, and everything Homegrown does in it. */
export class Project {
  readonly directory: string;
  readonly config: Config;
  readonly store: Store;
  /** Where other threads open the same store. */
  readonly storeLocation: ProjectStoreLocation;
  readonly models: Registry;
  readonly upstreams: UpstreamSet;
  readonly prices: PriceBook;

  constructor(parts: {
    directory: string;
    config: Config;
    store: Store;
    storeLocation: ProjectStoreLocation;
    models: Registry;
    upstreams: UpstreamSet;
    prices: PriceBook;
  }) {
    this.directory = parts.directory;
    this.config = parts.config;
    this.store = parts.store;
    this.storeLocation = parts.storeLocation;
    this.models = parts.models;
    this.upstreams = parts.upstreams;
    this.prices = parts.prices;
  }

  /** `.homegrown` of the project. */
  get homegrownDirectory(): string {
    return join(this.directory, '.homegrown');
  }

  get tasks(): readonly Task[] {
    return Object.entries(this.config.tasks).map(([name, config]) => ({ name, config }));
  }

  /** A task by name; without a name the only one. Throws `project/unknown-task` with the nearest name. */
  task(name?: string): Task {
    const { tasks } = this;
    const found =
      name === undefined && tasks.length === 1 ? tasks[0] : tasks.find((task) => task.name === name);
    if (found !== undefined) return found;
    const nearest =
      name === undefined
        ? undefined
        : closestName(
            name,
            tasks.map((task) => task.name),
          );
    throw new HomegrownError({
      code: 'project/unknown-task',
      message:
        name === undefined ? `name a task: the config has ${tasks.length}` : `there is no task "${name}"`,
      kind: 'usage',
      expected: tasks.map((task) => task.name).join(', ') || 'a task in the config',
      hint: hintForTask(tasks, { named: name !== undefined, nearest }),
    });
  }

  /** Reads the task's sources into a data-set version, or finds the one they already made. Throws `data/…`. */
  async buildDataset(task?: string, options: BuildDatasetOptions = {}): Promise<DatasetVersion> {
    const { skipBad = false, ...rest } = options;
    const { directory } = this;
    await refuseWhileErasing(this.homegrownDirectory);
    return buildDataset({
      task: this.task(task),
      projectDir: directory,
      isStillAllowed: await noErasureSince(this.homegrownDirectory),
      datasetsDir: this.datasetsDirectory,
      calls: { inferences: this.store.inferences, redaction: redactionOf(this.config) },
      skipBad,
      ...rest,
    });
  }

  get datasetsDirectory(): string {
    return join(this.homegrownDirectory, 'datasets');
  }

  /** The data-set versions of this project. */
  datasets(): Promise<DatasetVersion[]> {
    return listDatasetVersions(this.datasetsDirectory);
  }

  /** The one data-set version whose hash starts so, its bytes checked. Throws `data/unknown-version`, `data/…`. */
  async findDataset(hashPrefix: string): Promise<DatasetVersion> {
    const found = (await this.datasets()).filter(({ manifest }) => manifest.hash.startsWith(hashPrefix));
    if (found.length === 1) return openDatasetVersion(found[0]!.directory, { verify: true });
    throw new HomegrownError({
      code: 'data/unknown-version',
      message:
        found.length === 0
          ? 'no data-set version starts with this hash'
          : `${found.length} data-set versions start with this hash`,
      kind: 'usage',
      found: hashPrefix,
      hint: 'Run `homegrown data list`.',
    });
  }

  /** Writes all examples of a version as JSON lines, which `data` in a config reads again. */
  async exportDataset(hashPrefix: string, file: string): Promise<DatasetVersion> {
    const dataset = await this.findDataset(hashPrefix);
    await exportDataset(dataset, file);
    return dataset;
  }

  /** Builds candidates rung by rung, chooses, registers the winner. Resumes what was interrupted. */
  climb(task?: string, options: ClimbTaskOptions = {}): Promise<FinishedClimb> {
    return climbTask(this, this.task(task), options);
  }

  /** The report of the task's last finished climb. Throws `report/none`. */
  async report(task?: string): Promise<{ report: Report; directory: string }> {
    return latestReport(this.homegrownDirectory, this.task(task).name);
  }

  get runsDirectory(): string {
    return join(this.homegrownDirectory, 'runs');
  }

  /** The training runs of this project, the one that changed last first. */
  trainingRuns(): Promise<TrainingRun[]> {
    return listTrainingRuns(this.runsDirectory);
  }

  /** A training run by its name or the beginning of it; without a name the one that changed last. Throws `train/unknown-run`. */
  trainingRun(name?: string): Promise<TrainingRun> {
    return findTrainingRun(this.runsDirectory, name);
  }

  /** The live model of a task, or a given version of it, loaded. Close it when done. Throws `registry/…`, `model/…`. */
  async predictor(task?: string, version?: number): Promise<Predictor> {
    const { name } = this.task(task);
    const wanted = version ?? (await this.models.live(name));
    if (wanted === null) throw nothingLive(name);
    if ((await this.models.find(name, wanted)) === null) throw await this.#unknownVersion(name, wanted);
    return this.load(await this.models.verifiedDirectoryOf(name, wanted));
  }

  /** A candidate or model folder, loaded. Throws `model/…`. */
  load(directory: string): Promise<Predictor> {
    const { upstreams, config } = this;
    return loadPredictor(directory, { upstreams, redactText: config.capture.redactText });
  }

  async #unknownVersion(name: string, version: number): Promise<HomegrownError> {
    const known = await this.models.list(name);
    return new HomegrownError({
      code: 'registry/unknown-version',
      message: `there is no ${name}@${version}`,
      kind: 'usage',
      expected: known.map((model) => `${name}@${model.version}`).join(', ') || 'a registered model',
      hint: `Run \`homegrown models list ${name}\`.`,
    });
  }

  /** The way of models from shadow to canary to live and back. */
  get promotions(): Promotions {
    const { models: registry, store } = this;
    return new Promotions({ registry, inferences: store.inferences, tasks: this.tasks.map(gateSettingsOf) });
  }

  get modelsDirectory(): string {
    return join(this.homegrownDirectory, 'models');
  }

  /** Serves the live models over HTTP until closed. */
  serve(options: ServeOptions = {}): Promise<RunningServer> {
    return serveProject(this, options);
  }

  /** Erases all that a user's or a group's calls left here and in the store. Throws `project/busy` during a climb, `erasure/…`. */
  erase(options: EraseOptions): Promise<ErasureRecord> {
    return eraseSubject(this, options);
  }

  /** Erasures on request that were finished, oldest first. */
  erasures(): Promise<ErasureRecord[]> {
    return this.store.erasures.list();
  }

  /** Erasures that were asked for here and are not finished. */
  async unfinishedErasures(): Promise<Pick<ErasureRecord, 'id' | 'startedAt' | 'by'>[]> {
    const pending = await new ErasureFolder(this.homegrownDirectory).pending();
    return pending.map(({ id, startedAt, by }) => ({ id, startedAt, by }));
  }

  /** How records of erasures name somebody: a hash under the key of this project. */
  async erasureHashOf(subject: ErasureSubject): Promise<string> {
    return (await new ErasureFolder(this.homegrownDirectory).hashOf(subject)).hash;
  }

  /** Writes everything Homegrown knows into a directory that is absent or empty. Throws `transfer/…`. */
  exportAll(directory: string, options: ExportAllOptions = {}): Promise<ExportManifest> {
    return exportAll(this, directory, options);
  }

  /** Takes over what `exportAll` wrote; what is here already stays. Throws `transfer/…`. */
  importAll(directory: string, options: ImportAllOptions = {}): Promise<Imported> {
    return importAll(this, directory, options);
  }

  /** Deletes captured calls that are older than their task's `retentionDays`, as a running server does every hour. */
  retain(options: { signal?: AbortSignal } = {}): Promise<Retained[]> {
    return applyRetention(this.store, this.tasks, options);
  }

  /** The keys of this project's servers. */
  get keys(): ApiKeys {
    return apiKeysIn(this.store, Object.keys(this.config.tasks));
  }

  /** Takes out of contents what `capture` in the config names. */
  get redactor(): Redactor {
    return redactor(this.config.capture);
  }

  /** The calls that servers of this project have kept. */
  get captures(): Captures {
    return new Captures(this.store.inferences);
  }

  /** Stores feedback from a file of JSON lines. Throws `feedback/…`. */
  importFeedback(file: string, options?: FeedbackImportOptions): Promise<ImportedFeedback> {
    return importFeedback(this, file, options);
  }

  /** Closes the store. */
  close(): Promise<void> {
    return this.models.close();
  }
}

/** What opening a project may be told. */
export interface OpenOptions {
  /** One that is not in a file. */
  config?: ConfigInput;
  /** For a process that serves: a long question to SQLite does not hold up everything else. */
  storeInThread?: boolean;
}

/** Opens a project: its config, its registry, its upstreams. */
export async function openProject(directory = '.', options: OpenOptions = {}): Promise<Project> {
  const path = resolve(directory);
  const config =
    options.config === undefined
      ? await loadConfig(path)
      : parseConfig(options.config, 'openProject({ config })');
  const homegrownDir = join(path, '.homegrown');
  const where = storeLocation(config.store, { homegrownDirectory: homegrownDir });
  const prices = priceBookOver({ ...config, table: bundledPriceTable() });
  const upstreams = openUpstreams({
    upstreams: config.upstreams,
    priceBook: prices,
    cacheDir: join(homegrownDir, 'upstream-calls'),
  });
  const store = await openStore(where, { inThread: options.storeInThread ?? false });
  const folders = { verify: verifyCandidateFolder, copy: copyFolder };
  const models = registryOver({ store, folders, modelsDirectory: join(homegrownDir, 'models') });
  return new Project({ directory: path, config, store, storeLocation: where, models, upstreams, prices });
}

function copyFolder(source: string, target: string): ReturnType<typeof copyCandidateFolder> {
  return copyCandidateFolder(source, target);
}

function hintForTask(
  [first]: readonly Task[],
  { named, nearest }: { named: boolean; nearest: string | undefined },
): string {
  if (nearest !== undefined) return `Did you mean "${nearest}"?`;
  if (named || first === undefined) return 'Add it to the config, under `tasks`.';
  return `Name one of them, for example: homegrown climb ${first.name}`;
}

function nothingLive(task: string): HomegrownError {
  return new HomegrownError({
    code: 'registry/nothing-live',
    message: `no model is live for the task "${task}"`,
    kind: 'refused',
    hint: `Run \`homegrown climb ${task}\`; the first candidate that passes goes live. Or name a version: \`${task}@1\`.`,
  });
}
