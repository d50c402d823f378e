import { closestName } from '../util/closest-name.ts';
import { messageOf } from '../errors/homegrown-error.ts';
import type { GatewayLog } from './gateway-log.ts';
import { ApiError } from './api-error.ts';
import type { ModelPool, ServingRegistry } from './model-pool.ts';
import type { ServedUpstream } from '../upstream/open-wire-upstreams.ts';
import type { ServedModel } from './served-model.ts';

const VERSIONED = /^(.+)@([1-9]\d{0,8})$/;
const TASK_PREFIX = 'task:';
const LONGEST_NAME = 200;

/** Where model names are looked up. */
export interface ModelDirectory {
  pool: ModelPool;
  registry: ServingRegistry;
  /** Language models elsewhere, by their names in the config. */
  upstreams: ReadonlyMap<string, ServedUpstream>;
  log: GatewayLog;
  /** When the server began to offer them, ISO 8601. */
  startedAt: string;
}

/**
 * The model a client names, retained for the caller, who must release it: `task:<name>` or a bare `<name>` is whatever is
 * live for that task, `<name>@<version>` one version. Throws a 404 in OpenAI's shape with the nearest name.
 */
export async function acquireModel(directory: ModelDirectory, name: string): Promise<ServedModel> {
  const { pool } = directory;
  const task = name.startsWith(TASK_PREFIX) ? name.slice(TASK_PREFIX.length) : name;
  if (pool.hasTask(task)) return pool.acquireLive(task) ?? raise(nothingLive(task, pool.problemOf(task)));
  const [, base, version] = VERSIONED.exec(name) ?? [];
  if (base !== undefined && pool.hasTask(base)) return acquireVersion(directory, base, Number(version));
  throw await modelNotFound(directory, name);
}

async function acquireVersion(
  directory: ModelDirectory,
  task: string,
  version: number,
): Promise<ServedModel> {
  const loaded = directory.pool.acquireLoaded(task, version);
  if (loaded !== null) return loaded;
  const model = await directory.registry.find(task, version);
  if (model === null) throw await modelNotFound(directory, `${task}@${version}`);
  try {
    return await directory.pool.acquireVersion(task, version);
  } catch (cause) {
    const problem = `${task}@${version} could not be loaded`;
    const message = `${problem}: ${messageOf(cause)}`;
    directory.log({ level: 'error', event: 'model-failed', message, cause });
    throw unavailable(problem);
  }
}

/** A name that clients can use. */
export interface ListedModel {
  readonly id: string;
  /** When its model was registered, or when this server began to offer an upstream's. */
  readonly since: string;
  /** `homegrown`, or the upstream. */
  readonly owner: string;
}

/** Tasks, own models and upstreams, without bare names. */
export async function listModelNames(directory: ModelDirectory): Promise<ListedModel[]> {
  const { pool, upstreams, startedAt } = directory;
  const own = await ownNames(directory);
  const routed = pool.taskNames
    .filter((task) => pool.taskOf(task)?.config.upstream !== undefined)
    .map((task) => ({ id: `${TASK_PREFIX}${task}`, since: startedAt, owner: 'homegrown' }))
    .filter(({ id }) => !own.some((known) => known.id === id));
  const elsewhere = [...upstreams].map(([name, { model }]) => ({
    id: `${name}/${model}`,
    since: startedAt,
    owner: name,
  }));
  return [...own, ...routed, ...elsewhere];
}

async function ownNames({ pool, registry }: ModelDirectory): Promise<ListedModel[]> {
  const models = (await registry.list()).filter(({ name }) => pool.hasTask(name));
  const live = models
    .filter(({ state }) => state === 'live')
    .map(({ name, registeredAt }) => ({
      id: `${TASK_PREFIX}${name}`,
      since: registeredAt,
      owner: 'homegrown',
    }));
  const versions = models.map(({ name, version, registeredAt }) => ({
    id: `${name}@${version}`,
    since: registeredAt,
    owner: 'homegrown',
  }));
  return [...live, ...versions];
}

/** The 404 for a model name, with the nearest name that exists. */
export async function modelNotFound(directory: ModelDirectory, name: string): Promise<ApiError> {
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  const hint = name.length > LONGEST_NAME ? undefined : await nearestName(directory, name);
  const tasks = directory.pool.taskNames.map((task) => `${TASK_PREFIX}${task}`);
  const names = [...tasks, ...[...directory.upstreams.keys()].map((upstream) => `${upstream}/…`)];
  const next =
    hint === undefined
      ? `This server answers ${names.length === 0 ? 'no task yet' : names.slice(0, 10).join(', ')}.`
      : `Did you mean ${JSON.stringify(hint)}?`;
  return new ApiError({
    status: 404,
    code: 'model_not_found',
    param: 'model',
    message: `There is no model ${JSON.stringify(shown)}. ${next}`,
  });
}

async function nearestName(directory: ModelDirectory, name: string): Promise<string | undefined> {
  const known = (await listModelNames(directory)).map(({ id }) => id);
  const tasks = directory.pool.taskNames;
  return closestName(
    name,
    name.startsWith(TASK_PREFIX) || name.includes('@') ? [...known, ...tasks] : [...tasks, ...known],
  );
}

/** The 404 for a task without an answer, or the 503 when there should be one. */
export function nothingLive(task: string, problem: string | null): ApiError {
  if (problem !== null) return unavailable(problem);
  return new ApiError({
    status: 404,
    code: 'model_not_found',
    param: 'model',
    message: `Nothing answers the task ${JSON.stringify(task)} yet. Run \`homegrown climb ${task}\`, or promote a model with \`homegrown models promote ${task}@<version>\`.`,
  });
}

function unavailable(problem: string): ApiError {
  return new ApiError({
    status: 503,
    code: 'model_unavailable',
    param: 'model',
    message: `${problem}. The server's log tells why.`,
  });
}

function raise(error: Error): never {
  throw error;
}
