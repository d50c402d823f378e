import type { StateChange, Store } from '../store/store.ts';
import { stateOf, type Versioned } from './deployment-steps.ts';
import { endRemoval, removeErased } from './erased-folder.ts';
import { placeModel } from './model-folders.ts';
import { type CandidateFolders, modelDirectory } from './recorded-folder.ts';
import { storeFiles } from './stored-folder.ts';

export interface Replacement {
  /** A folder with the same model without what had to go. */
  directory: string;
  by: string;
  /** ISO 8601. */
  at: string;
}

interface Parts {
  store: Store;
  folders: CandidateFolders;
  modelsDirectory: string;
}

/**
 * Puts a new version in the place of one from which examples had to be erased: it takes over state and settings, and the old one's
 * files go. May be repeated. Returns the new version's number.
 */
export async function replaceVersion(
  { store, folders, modelsDirectory }: Parts,
  { task, version }: Versioned,
  { directory, by, at }: Replacement,
): Promise<number> {
  const evaluation = (await store.models.find(task, version))?.evaluation ?? null;
  const next = await placeModel({ store, folders, modelsDirectory }, { directory, task, evaluation });
  await storeFiles({ store, modelsDirectory }, next);
  await takeOver(store, { task, version }, { next: next.version, by });
  await removeErased(modelDirectory(modelsDirectory, task, version), { at, replacedBy: next.version });
  await store.modelFiles?.remove({ task, version });
  return next.version;
}

/** Goes on with a replacement that was killed while the old files went; returns what took the version's place, null when nothing did. */
export async function endReplacement(
  { store, modelsDirectory }: Parts,
  { task, version }: Versioned,
): Promise<number | null> {
  const replacedBy = await endRemoval(modelDirectory(modelsDirectory, task, version));
  if (replacedBy !== null) await store.modelFiles?.remove({ task, version });
  return replacedBy;
}

async function takeOver(
  store: Store,
  { task, version }: Versioned,
  { next, by }: { next: number; by: string },
): Promise<void> {
  const deployments = await store.deployments.list(task);
  const state = stateOf(deployments, version);
  if (state === null || stateOf(deployments, next) !== null) return;
  const settings = deployments.find((deployment) => deployment.version === version)!.settings;
  const changes: StateChange[] = [
    { version, from: state, to: 'retired' },
    { version: next, from: null, to: state, settings },
  ];
  const reason = `${task}@${version} held examples that were erased on request`;
  await store.deployments.apply({ task, action: 'erase', changes, by, reason, evidence: null });
}
