import { join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import type { CandidateManifest } from '../schema/candidate-manifest.ts';
import type { ModelRecord } from '../store/store.ts';
import { canonicalJson, sha256 } from '../util/content-hash.ts';
import { assertNotErased } from './erased-folder.ts';

/** How candidate folders are checked and copied; handed in, because the room that knows them is above this one. */
export interface CandidateFolders {
  /** Checks every file against the manifest. Throws `model/…`. */
  verify(directory: string): Promise<CandidateManifest>;
  /** Copies a folder whole or not at all, verifying the copy. Throws `model/…` and `file/…`. */
  copy(source: string, target: string): Promise<CandidateManifest>;
}

/** Which version a folder should hold: the part of its record that says so. */
export type Recorded = Pick<ModelRecord, 'task' | 'version' | 'fingerprint'>;

/** Where a version's files are. */
export function modelDirectory(modelsDirectory: string, task: string, version: number): string {
  return join(modelsDirectory, task, String(version));
}

/** SHA-256 of a manifest, which holds the hashes of all other files: it stands for the whole folder. */
export function fingerprintOf(manifest: CandidateManifest): string {
  return sha256(canonicalJson(manifest));
}

/**
 * The folder of a registered version, once every file is what was registered under that number. The manifest vouches for
 * the files, the record for the manifest. Throws `registry/changed-model`, `model/…`.
 */
export async function verifiedDirectory(
  { folders, modelsDirectory }: { folders: CandidateFolders; modelsDirectory: string },
  record: Recorded,
): Promise<string> {
  const directory = modelDirectory(modelsDirectory, record.task, record.version);
  await assertNotErased(directory, record);
  const manifest = await folders.verify(directory).catch((cause: unknown) => {
    throw isGone(cause) ? filesGone(directory, record, cause) : cause;
  });
  const found = fingerprintOf(manifest);
  if (found !== record.fingerprint) throw changedModel(directory, record, found);
  return directory;
}

const RESTORE = 'Restore the folder from a copy, or build it again with `homegrown climb --fresh`.';

function isGone(error: unknown): boolean {
  return (
    error instanceof HomegrownError &&
    error.code === 'model/no-manifest' &&
    systemCodeOf(error.cause) === 'ENOENT'
  );
}

function filesGone(directory: string, { task, version }: Recorded, cause: unknown): HomegrownError {
  return new HomegrownError({
    code: 'model/no-manifest',
    message: `the files of ${task}@${version} are not there`,
    where: directory,
    hint: RESTORE,
    cause,
  });
}

function changedModel(
  directory: string,
  { task, version, fingerprint }: Recorded,
  found: string,
): HomegrownError {
  return new HomegrownError({
    code: 'registry/changed-model',
    message: `this is not the model that was registered as ${task}@${version}`,
    where: directory,
    expected: `fingerprint ${fingerprint.slice(0, 12)}…`,
    found: `${found.slice(0, 12)}…`,
    hint: RESTORE,
  });
}
