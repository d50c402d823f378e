import { HomegrownError } from '../errors/homegrown-error.ts';
import type { DeploymentSettings } from '../schema/deployment-settings.ts';
import type {
  Deployment,
  DeploymentAction,
  DeploymentState,
  DeploymentStore,
  JsonValue,
  StateChange,
} from '../store/store.ts';
import { liveStackOf } from './live-history.ts';

/** Who changes what is deployed, why, and what was known then. */
export interface StepRecord {
  readonly by: string;
  readonly reason?: string;
  readonly evidence?: JsonValue;
}

/** A change of what is live. */
export interface Promotion {
  readonly task: string;
  /** null: nothing of our own. */
  readonly version: number | null;
  /** What was live before; null when nothing was. */
  readonly previous: number | null;
}

/** A version and its task. */
export interface Versioned {
  readonly task: string;
  readonly version: number;
}

/** Makes a version live instead of what is; from whatever state it is in. */
export async function makeLive(
  store: DeploymentStore,
  { task, version }: Versioned,
  { action, ...record }: StepRecord & { action: 'promote' | 'rollback' },
): Promise<void> {
  const deployments = await store.list(task);
  const current = liveVersion(deployments);
  const changes: StateChange[] = [{ version, from: stateOf(deployments, version), to: 'live' }];
  if (current !== null) changes.unshift({ version: current, from: 'live', to: 'retired' });
  await apply(store, task, { action, changes, ...record });
}

/** Starts a shadow or a canary; a shadow may become the canary. Throws `registry/state-taken`, `registry/is-live`. */
export async function start(
  store: DeploymentStore,
  { task, version }: Versioned,
  { state, settings, ...record }: StepRecord & { state: 'shadow' | 'canary'; settings: DeploymentSettings },
): Promise<void> {
  const deployments = await store.list(task);
  const from = stateOf(deployments, version);
  if (from === 'live') throw isLive(task, version, state);
  const holder = deployments.find((deployment) => deployment.state === state);
  if (holder !== undefined) throw stateTaken(task, { state, holder: holder.version, wanted: version });
  const changes = [{ version, from, to: state, settings: { ...settings } }];
  await apply(store, task, { action: state, changes, ...record });
}

/** Ends a shadow or a canary, or takes a live model away. Throws `registry/not-deployed`. */
export async function stop(
  store: DeploymentStore,
  { task, version }: Versioned,
  { action, ...record }: StepRecord & { action: 'retire' | 'rollback' | 'breach' },
): Promise<void> {
  const from = stateOf(await store.list(task), version);
  if (from === null || from === 'retired') throw notDeployed(task, version);
  await apply(store, task, { action, changes: [{ version, from, to: 'retired' }], ...record });
}

/** The version that a rollback makes live; null: none was live before. */
export async function versionBefore(store: DeploymentStore, task: string): Promise<number | null> {
  return liveStackOf(await store.history(task)).at(-2) ?? null;
}

function apply(
  store: DeploymentStore,
  task: string,
  step: StepRecord & { action: DeploymentAction; changes: readonly StateChange[] },
): Promise<unknown> {
  const { action, changes, by, reason, evidence } = step;
  return store.apply({ task, action, changes, by, reason: reason ?? null, evidence: evidence ?? null });
}

/** The live version, or null. */
export function liveVersion(deployments: readonly Deployment[]): number | null {
  return deployments.find(({ state }) => state === 'live')?.version ?? null;
}

/** The state of a version; null when it never was deployed. */
export function stateOf(deployments: readonly Deployment[], version: number): DeploymentState | null {
  return deployments.find((deployment) => deployment.version === version)?.state ?? null;
}

function isLive(task: string, version: number, state: string): HomegrownError {
  return new HomegrownError({
    code: 'registry/is-live',
    kind: 'usage',
    message: `${task}@${version} is live and cannot be the ${state} as well`,
    hint: `Run \`homegrown models list ${task}\`.`,
  });
}

function stateTaken(
  task: string,
  { state, holder, wanted }: { state: string; holder: number; wanted: number },
): HomegrownError {
  const same = holder === wanted;
  return new HomegrownError({
    code: 'registry/state-taken',
    kind: 'usage',
    message: same
      ? `${task}@${wanted} is the ${state} already`
      : `${task}@${holder} is the ${state} of this task`,
    hint: same
      ? `Run \`homegrown models list ${task}\` to see how it does.`
      : `End it first: \`homegrown models retire ${task}@${holder}\`.`,
  });
}

function notDeployed(task: string, version: number): HomegrownError {
  return new HomegrownError({
    code: 'registry/not-deployed',
    kind: 'usage',
    message: `${task}@${version} is neither shadow nor canary nor live`,
    hint: `Run \`homegrown models list ${task}\`.`,
  });
}
