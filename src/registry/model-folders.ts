import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import type { JsonValue, ModelRecord, Store } from '../store/store.ts';
import { syncDirectory, writeFailure } from '../util/atomic-file.ts';
import {
  type CandidateFolders,
  fingerprintOf,
  modelDirectory,
  type Recorded,
  verifiedDirectory,
} from './recorded-folder.ts';

interface Place {
  store: Store;
  folders: CandidateFolders;
  modelsDirectory: string;
}

/**
 * Copies a candidate folder into the first free version and adds its record. Files come before the record, so a process
 * killed in between leaves a folder without a record, which the next registration of the same candidate takes over.
 * An identical candidate keeps its version; should its folder have been damaged, it is made whole again.
 */
export async function placeModel(
  place: Place,
  { directory, task, evaluation }: { directory: string; task: string; evaluation: JsonValue },
): Promise<ModelRecord> {
  const manifest = await place.folders.verify(directory);
  const fingerprint = fingerprintOf(manifest);
  const existing = await place.store.models.findByFingerprint(task, fingerprint);
  if (existing !== null) {
    await repairIfBroken(place, existing, directory);
    return existing;
  }
  for (;;) {
    const version =
      (await adoptableVersion(place, task, fingerprint)) ?? (await copyToFreeVersion(place, task, directory));
    try {
      const record = await place.store.models.add({ task, version, fingerprint, manifest, evaluation });
      // Another process registered the identical candidate meanwhile under its own version.
      if (record.version !== version) await removeVersion(place, task, version);
      return record;
    } catch (cause) {
      // Another machine, with a disk of its own, took this number first: the next one is free for us.
      if (!(cause instanceof HomegrownError && cause.code === 'store/conflict')) throw cause;
      await removeVersion(place, task, version);
    }
  }
}

async function repairIfBroken(place: Place, record: ModelRecord, source: string): Promise<void> {
  const target = modelDirectory(place.modelsDirectory, record.task, record.version);
  const isWhole = await verifiedDirectory(place, record).then(
    () => true,
    () => false,
  );
  if (!isWhole) await place.folders.copy(source, target);
}

/** A folder that a killed registration of the same candidate left behind. */
async function adoptableVersion(place: Place, task: string, fingerprint: string): Promise<number | null> {
  const recorded = new Set((await place.store.models.list(task)).map(({ version }) => version));
  for (const version of await versionsOnDisk(place.modelsDirectory, task)) {
    if (recorded.has(version)) continue;
    const folder = modelDirectory(place.modelsDirectory, task, version);
    const manifest = await place.folders.verify(folder).catch(() => null);
    if (manifest !== null && fingerprintOf(manifest) === fingerprint) return version;
  }
  return null;
}

/** Copies beside the versions, then takes the first number nobody has: renaming onto a full directory fails, so no two processes get one. */
async function copyToFreeVersion(place: Place, task: string, source: string): Promise<number> {
  const parent = join(place.modelsDirectory, task);
  const staging = join(parent, `.incoming-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await place.folders.copy(source, staging);
    const recorded = (await place.store.models.list(task)).map(({ version }) => version);
    let version = Math.max(0, ...recorded, ...(await versionsOnDisk(place.modelsDirectory, task))) + 1;
    while (!(await renameIfFree(staging, join(parent, String(version))))) version++;
    await syncDirectory(parent);
    return version;
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(parent, cause);
  }
}

async function renameIfFree(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (cause) {
    const code = systemCodeOf(cause);
    if (code === 'ENOTEMPTY' || code === 'EEXIST') return false;
    throw cause;
  }
}

async function versionsOnDisk(modelsDirectory: string, task: string): Promise<number[]> {
  const names = await readdir(join(modelsDirectory, task)).catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT') return [];
    throw cause;
  });
  return names.filter((name) => /^[1-9]\d*$/.test(name)).map(Number);
}

async function removeVersion(place: Place, task: string, version: number): Promise<void> {
  const directory = modelDirectory(place.modelsDirectory, task, version);
  await rm(directory, { recursive: true, force: true });
}

/** Copies a verified version's folder to a directory that is absent or empty. Throws `registry/not-empty`, `registry/…`, `model/…`. */
export async function exportModel(
  place: Omit<Place, 'store'>,
  record: Recorded,
  outDir: string,
): Promise<void> {
  const present = await readdir(outDir).catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT') return [];
    throw notADirectory(outDir, cause);
  });
  if (present.length > 0) {
    throw new HomegrownError({
      code: 'registry/not-empty',
      kind: 'usage',
      message: 'the directory to export to is not empty',
      where: outDir,
      found: `${present.length} ${present.length === 1 ? 'entry' : 'entries'}, the first "${present[0]}"`,
      hint: 'Name a new directory; nothing is ever written over.',
    });
  }
  const source = await verifiedDirectory(place, record);
  await mkdir(outDir, { recursive: true }).catch((cause: unknown) => {
    throw writeFailure(outDir, cause);
  });
  await place.folders.copy(source, outDir);
}

function notADirectory(outDir: string, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'registry/not-a-directory',
    kind: 'usage',
    message: 'cannot export here',
    where: outDir,
    expected: 'a directory, or nothing',
    hint: 'Name a new directory.',
    cause,
  });
}
