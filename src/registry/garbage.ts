import { randomBytes } from 'node:crypto';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemCodeOf } from '../errors/homegrown-error.ts';
import type { DeploymentStore, Store } from '../store/store.ts';
import { liveStackOf } from './live-history.ts';
import { modelDirectory } from './recorded-folder.ts';

/** A version whose files are, or would be, removed. Its record stays. */
export interface GarbageVersion {
  readonly task: string;
  readonly version: number;
  /** On this disk; null: nothing is there. */
  readonly bytes: number | null;
}

export interface GarbageOptions {
  readonly task?: string;
  /** How many of the newest versions that nothing needs are kept all the same. */
  readonly keep: number;
  /** Only say what would be removed. */
  readonly dryRun?: boolean;
  /** How long a promotion that has looked at the files may take until it is recorded, milliseconds. Default 2,000. */
  readonly graceMs?: number;
}

interface Place {
  readonly store: Pick<Store, 'models' | 'deployments' | 'modelFiles'>;
  readonly modelsDirectory: string;
}

/** Removes the files of versions that nothing needs: never what is live, canary or shadow, nor what a rollback could make live. */
export async function collectGarbage(place: Place, options: GarbageOptions): Promise<GarbageVersion[]> {
  const { keep, task: only, dryRun = false } = options;
  const models = await place.store.models.list(only);
  const removed: GarbageVersion[] = [];
  for (const [task, records] of Map.groupBy(models, ({ task: name }) => name)) {
    const needed = await neededVersions(place.store.deployments, task);
    const free = records.map(({ version }) => version).filter((version) => !needed.has(version));
    const old = free.toSorted((a, b) => b - a).slice(keep);
    for (const version of old.toReversed()) {
      const found = {
        task,
        version,
        bytes: await bytesOf(modelDirectory(place.modelsDirectory, task, version)),
      };
      const isStored = ((await place.store.modelFiles?.list({ task, version })) ?? []).length > 0;
      if (found.bytes === null && !isStored) continue;
      if (dryRun || (await remove(place, found, options))) removed.push(found);
    }
  }
  return removed;
}

async function neededVersions(deployments: DeploymentStore, task: string): Promise<Set<number>> {
  const deployed = (await deployments.list(task)).filter(({ state }) => state !== 'retired');
  const stack = liveStackOf(await deployments.history(task));
  return new Set([...stack, ...deployed.map(({ version }) => version)]);
}

/**
 * Puts the folder aside, waits until whoever had looked at it has recorded what for, looks again, and only then removes it. False:
 * it is needed now and back in its place.
 */
async function remove(
  place: Place,
  { task, version }: GarbageVersion,
  { graceMs = 2000 }: GarbageOptions,
): Promise<boolean> {
  const directory = modelDirectory(place.modelsDirectory, task, version);
  const aside = join(place.modelsDirectory, task, `.removed-${version}-${randomBytes(4).toString('hex')}`);
  const isHere = await rename(directory, aside).then(
    () => true,
    (cause: unknown) => {
      if (systemCodeOf(cause) === 'ENOENT') return false;
      throw cause;
    },
  );
  await sleep(graceMs);
  if ((await neededVersions(place.store.deployments, task)).has(version)) {
    if (isHere) await rename(aside, directory);
    return false;
  }
  await place.store.modelFiles?.remove({ task, version });
  await rm(aside, { recursive: true, force: true });
  return true;
}

async function bytesOf(directory: string): Promise<number | null> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (cause: unknown) => {
      if (systemCodeOf(cause) === 'ENOENT') return null;
      throw cause;
    },
  );
  if (entries === null) return null;
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(({ parentPath, name }) => stat(join(parentPath, name))));
  return sizes.reduce((total, { size }) => total + size, 0);
}
