import { HomegrownError } from '../errors/homegrown-error.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { Deployment, DeploymentState, ModelRecord, Store, Transition } from '../store/store.ts';
import type { DeploymentSettings } from '../schema/deployment-settings.ts';
import { closestName } from '../util/closest-name.ts';
import {
  liveVersion,
  makeLive,
  type Promotion,
  start,
  stateOf,
  type StepRecord,
  stop,
  versionBefore,
  type Versioned,
} from './deployment-steps.ts';
import { assertNotReplaced } from './erased-folder.ts';
import { type EvaluationSummary, evaluationSummarySchema } from './evaluation-summary.ts';
import { collectGarbage, type GarbageOptions, type GarbageVersion } from './garbage.ts';
import { exportModel, placeModel } from './model-folders.ts';
import { type CandidateFolders, modelDirectory, verifiedDirectory } from './recorded-folder.ts';
import { fetchedDirectory, storeFiles } from './stored-folder.ts';
import { endReplacement, type Replacement, replaceVersion } from './replace-version.ts';

/** A registered model with its deployment state. */
export interface RegisteredModel {
  /** The model's name is its task's name. */
  readonly name: string;
  readonly version: number;
  /** null: registered, never deployed. */
  readonly state: DeploymentState | null;
  /** ISO 8601: when it came into that state; null when it never was deployed. */
  readonly since: string | null;
  /** ISO 8601. */
  readonly registeredAt: string;
  readonly manifest: CandidateManifest;
  readonly evaluation: EvaluationSummary | null;
}

export interface RegisterOptions {
  /** A candidate folder. It is copied and may be deleted afterwards. */
  directory: string;
  task: string;
  evaluation: EvaluationSummary | null;
  /** `if-first`: goes live when nothing is live for the task. Default `never`. */
  goLive?: 'if-first' | 'never';
  /** Who registers, for the record of a first live model. Default `climb`. */
  by?: string;
}

export interface Registration {
  readonly name: string;
  readonly version: number;
  /** Whether this version is live now. */
  readonly live: boolean;
}

/** The project's own models and which of them answers each task. Throws HomegrownError `registry/…`, `model/…`, `store/…`. */
export interface Registry {
  register(options: RegisterOptions): Promise<Registration>;
  /** By task, then version. */
  list(task?: string): Promise<RegisteredModel[]>;
  find(task: string, version: number): Promise<RegisteredModel | null>;
  /** Throws `registry/unknown-model` or `registry/unknown-version` with what there is, unless it is registered. */
  mustExist(task: string, version: number): Promise<void>;
  /** The live version of a task, or null. Cheap enough to ask often. */
  live(task: string): Promise<number | null>;
  /** What is deployed, by task, then version. */
  deployments(task?: string): Promise<Deployment[]>;
  /** Lets a version answer its task, whatever gates say. Verifies its files first: a broken or exchanged folder is never promoted. */
  promote(task: string, version: number, record: StepRecord): Promise<Promotion>;
  /** Back to what was live before, or, if there was nothing and `toUpstream` says so, to no own model. Throws `registry/nothing-before`. */
  rollback(task: string, record: StepRecord & { toUpstream?: boolean }): Promise<Promotion>;
  /** Starts a version as shadow or canary, its files verified. Throws `registry/state-taken`, `registry/is-live`. */
  start(
    task: string,
    version: number,
    record: StepRecord & { state: 'shadow' | 'canary'; settings: DeploymentSettings },
  ): Promise<void>;
  /** Ends a shadow or a canary, or takes a live version away. Throws `registry/not-deployed`. */
  stop(
    task: string,
    version: number,
    record: StepRecord & { action: 'retire' | 'rollback' | 'breach' },
  ): Promise<void>;
  /** Puts a version without erased examples in another's place; returns its number. */
  replace(task: string, version: number, replacement: Replacement): Promise<number>;
  /** Goes on with a replacement that was killed; returns what took the version's place, null when nothing did. */
  endReplacement(task: string, version: number): Promise<number | null>;
  /** Copies a verified model folder to `outDir`, which must be absent or empty. */
  export(task: string, version: number, outDir: string): Promise<void>;
  /** Where a version's files are, unchecked. */
  directoryOf(task: string, version: number): string;
  /**
   * The same once its files are those that were registered; fetched first when they are missing or damaged here and the store has
   * them. Throws `registry/changed-model`, `model/…`. */
  verifiedDirectoryOf(task: string, version: number): Promise<string>;
  /** Puts a version's files, which must be whole here, into the store, if it keeps any, so that other machines can fetch them. */
  share(task: string, version: number): Promise<void>;
  /** Removes files that nothing needs, and returns which. */
  collectGarbage(options: GarbageOptions): Promise<GarbageVersion[]>;
  /** Every change of state, oldest first. */
  history(task: string): Promise<Transition[]>;
  close(): Promise<void>;
}

interface Parts {
  store: Store;
  folders: CandidateFolders;
  modelsDirectory: string;
}

/** A registry over any store. */
export function registryOver(parts: Parts): Registry {
  const { store, modelsDirectory } = parts;
  return {
    register: (options) => register(parts, options),
    list: async (task) => withStates(await store.models.list(task), await store.deployments.list(task)),
    find: async (task, version) => {
      const record = await store.models.find(task, version);
      return record === null ? null : withStates([record], await store.deployments.list(task))[0]!;
    },
    mustExist: async (task, version) => void (await existing(store, task, version)),
    live: async (task) => liveVersion(await store.deployments.list(task)),
    deployments: (task) => store.deployments.list(task),
    promote: (task, version, record) => promote(parts, { task, version }, record),
    rollback: (task, record) => rollback(parts, task, record),
    start: async (task, version, record) => {
      await readyToDeploy(parts, await existing(store, task, version));
      await start(store.deployments, { task, version }, record);
    },
    stop: async (task, version, record) => {
      await existing(store, task, version);
      await stop(store.deployments, { task, version }, record);
    },
    replace: (task, version, replacement) => replaceVersion(parts, { task, version }, replacement),
    endReplacement: (task, version) => endReplacement(parts, { task, version }),
    export: async (task, version, outDir) => {
      const record = await existing(store, task, version);
      await assertNotReplaced(store.erasures, record);
      await wholeDirectory(parts, record).catch(() => undefined);
      await exportModel(parts, record, outDir);
    },
    directoryOf: (task, version) => modelDirectory(modelsDirectory, task, version),
    verifiedDirectoryOf: async (task, version) => wholeDirectory(parts, await existing(store, task, version)),
    share: async (task, version) => storeFiles(parts, await existing(store, task, version)),
    collectGarbage: (options) => collectGarbage(parts, options),
    history: (task) => store.deployments.history(task),
    close: () => store.close(),
  };
}

/** The verified folder of a version, from the store's files if it must be. */
async function wholeDirectory(parts: Parts, record: ModelRecord): Promise<string> {
  const { modelFiles: files, erasures } = parts.store;
  await assertNotReplaced(erasures, record);
  return files === null ? verifiedDirectory(parts, record) : fetchedDirectory({ ...parts, files }, record);
}

/** Whole here, and where other machines fetch it. */
async function readyToDeploy(parts: Parts, record: ModelRecord): Promise<void> {
  await wholeDirectory(parts, record);
  await storeFiles(parts, record);
}

async function register(parts: Parts, options: RegisterOptions): Promise<Registration> {
  const { task, evaluation } = options;
  const record = await placeModel(parts, { directory: options.directory, task, evaluation });
  await storeFiles(parts, record);
  if (options.goLive === 'if-first') await goLiveIfFirst(parts.store, record, options.by ?? 'climb');
  const live = liveVersion(await parts.store.deployments.list(task)) === record.version;
  return { name: task, version: record.version, live };
}

async function goLiveIfFirst(store: Store, record: ModelRecord, by: string): Promise<void> {
  const { task, version, evaluation } = record;
  const deployments = await store.deployments.list(task);
  if (liveVersion(deployments) !== null) return;
  try {
    await store.deployments.apply({
      task,
      action: 'first-live',
      changes: [{ version, from: stateOf(deployments, version), to: 'live' }],
      by,
      reason: 'the first model of this task that passed',
      evidence: evaluation,
    });
  } catch (error) {
    // Another process's model became the first in the same moment: that one stays.
    if (!(error instanceof HomegrownError && error.code === 'store/conflict')) throw error;
  }
}

async function promote(parts: Parts, { task, version }: Versioned, record: StepRecord): Promise<Promotion> {
  const model = await existing(parts.store, task, version);
  await readyToDeploy(parts, model);
  const previous = liveVersion(await parts.store.deployments.list(task));
  const evidence = record.evidence ?? model.evaluation;
  if (previous !== version)
    await makeLive(parts.store.deployments, { task, version }, { ...record, evidence, action: 'promote' });
  return { task, version, previous };
}

async function rollback(
  parts: Parts,
  task: string,
  { toUpstream = false, ...record }: StepRecord & { toUpstream?: boolean },
): Promise<Promotion> {
  const { store } = parts;
  const { deployments } = store;
  const previous = liveVersion(await deployments.list(task));
  const version = await versionBefore(deployments, task);
  if (previous === null || (version === null && !toUpstream)) throw nothingBefore(task, previous);
  if (version === null) {
    await stop(deployments, { task, version: previous }, { ...record, action: 'rollback' });
    return { task, version, previous };
  }
  const model = await existing(store, task, version);
  await readyToDeploy(parts, model);
  const evidence = record.evidence ?? model.evaluation;
  await makeLive(deployments, { task, version }, { ...record, evidence, action: 'rollback' });
  return { task, version, previous };
}

function withStates(records: readonly ModelRecord[], deployments: readonly Deployment[]): RegisteredModel[] {
  const byName = new Map(
    deployments.map((deployment) => [`${deployment.task}@${deployment.version}`, deployment]),
  );
  return records.map((record) => {
    const deployment = byName.get(`${record.task}@${record.version}`);
    return {
      name: record.task,
      version: record.version,
      state: deployment?.state ?? null,
      since: deployment?.since ?? null,
      registeredAt: record.registeredAt,
      manifest: record.manifest,
      evaluation: evaluationSummarySchema.nullable().parse(record.evaluation),
    };
  });
}

async function existing(store: Store, task: string, version: number): Promise<ModelRecord> {
  const record = await store.models.find(task, version);
  if (record !== null) return record;
  const versions = (await store.models.list(task)).map((model) => model.version);
  if (versions.length > 0) {
    throw new HomegrownError({
      code: 'registry/unknown-version',
      kind: 'usage',
      message: `the model "${task}" has no version ${version}`,
      expected: `one of ${versions.join(', ')}`,
      hint: `Run \`homegrown models list ${task}\` to see them.`,
    });
  }
  throw unknownModel(task, await store.models.list());
}

function unknownModel(task: string, records: readonly ModelRecord[]): HomegrownError {
  const nearest = closestName(task, new Set(records.map((record) => record.task)));
  return new HomegrownError({
    code: 'registry/unknown-model',
    kind: 'usage',
    message: `there is no model "${task}"`,
    hint:
      nearest === undefined ? `Run \`homegrown climb ${task}\` to make one.` : `Did you mean "${nearest}"?`,
  });
}

function nothingBefore(task: string, live: number | null): HomegrownError {
  return new HomegrownError({
    code: 'registry/nothing-before',
    kind: 'usage',
    message:
      live === null
        ? `nothing is live for "${task}", so there is nothing to roll back`
        : `${task}@${live} is the first live model of this task: there is none before it to go back to`,
    hint: `Run \`homegrown models list ${task}\`, then \`homegrown models promote ${task}@<version>\`.`,
  });
}
