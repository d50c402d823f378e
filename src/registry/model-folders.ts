import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { JsonValue, ModelRecord, Store } from '../store/store.ts';
import { syncDirectory, writeFailure } from '../util/atomic-file.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';

/** How candidate folders are checked and copied; handed in, because the room that knows them is above this one. */
export interface CandidateFolders {
  /** Checks every file against the manifest. Throws `model/…`. */
  verify(directory: string): Promise<CandidateManifest>;
  /** Copies a folder whole or not at all, verifying the copy. Throws `model/…` and `file/…`. */
  copy(source: string, target: string): Promise<CandidateManifest>;
}

interface Place {
  store: Store;
  folders: CandidateFolders;
  modelsDirectory: string;
}

/** Where a version's files are. */
export function modelDirectory(modelsDirectory: string, task: string, version: number): string {
  return join(modelsDirectory, task, String(version));
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
  const fingerprint = sha256(canonicalJson(manifest));
  const existing = await place.store.models.findByFingerprint(task, fingerprint);
  if (existing !== null) {
    await repairIfBroken(place, existing, directory);
    return existing;
  }
  const version =
    (await adoptableVersion(place, task, fingerprint)) ?? (await copyToFreeVersion(place, task, directory));
  const record = await place.store.models.add({ task, version, fingerprint, manifest, evaluation });
  // Another process registered the identical candidate meanwhile under its own version.
  if (record.version !== version) await removeVersion(place, task, version);
  return record;
}

async function repairIfBroken(place: Place, record: ModelRecord, source: string): Promise<void> {
  const target = modelDirectory(place.modelsDirectory, record.task, record.version);
  const isWhole = await place.folders.verify(target).then(
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
    if (manifest !== null && sha256(canonicalJson(manifest)) === fingerprint) return version;
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

/** Copies a verified model folder to a directory that is absent or empty. Throws `registry/not-empty`. */
export async function exportModel(folders: CandidateFolders, source: string, outDir: string): Promise<void> {
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
  await mkdir(outDir, { recursive: true }).catch((cause: unknown) => {
    throw writeFailure(outDir, cause);
  });
  await folders.copy(source, outDir);
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
