import { cp, mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { type CandidateManifest, candidateManifestSchema } from '../schema/candidate-manifest.ts';
import {
  type AtomicWriteOptions,
  syncDirectory,
  temporaryNameFor,
  writeFailure,
  writeFileAtomic,
} from '../util/atomic-file.ts';
import { sha256OfFile } from '../util/content-hash.ts';

/** The manifest's file name in every candidate and model folder. */
export const MANIFEST_NAME = 'homegrown.json';

/** All of a manifest but the list of files, which saving fills in. */
export type ManifestFacts = Omit<CandidateManifest, 'format' | 'files'>;

/**
 * Makes a candidate folder whole or not at all: `write` fills a temporary directory, every file in it is hashed into
 * `homegrown.json`, and the directory is renamed to `target`, replacing what was there.
 */
export async function saveCandidateFolder(
  target: string,
  facts: ManifestFacts,
  write: (directory: string) => Promise<void>,
  { durable = true }: AtomicWriteOptions = {},
): Promise<CandidateManifest> {
  const temporary = temporaryNameFor(target);
  try {
    await mkdir(temporary, { recursive: true });
    await write(temporary);
    const files = await hashFiles(temporary);
    if (durable) await syncFiles(temporary);
    const manifest = candidateManifestSchema.parse({ format: 1, ...facts, files });
    await writeFileAtomic(join(temporary, MANIFEST_NAME), `${JSON.stringify(manifest, null, 2)}\n`, {
      durable,
    });
    await moveIntoPlace(temporary, target, durable);
    return manifest;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(target, cause);
  }
}

/** Copies a verified candidate folder whole or not at all. */
export async function copyCandidateFolder(
  source: string,
  target: string,
  { durable = true }: AtomicWriteOptions = {},
): Promise<CandidateManifest> {
  const temporary = temporaryNameFor(target);
  try {
    await mkdir(dirname(target), { recursive: true });
    await cp(source, temporary, { recursive: true });
    const manifest = await verifyCandidateFolder(temporary);
    if (durable) await syncFiles(temporary);
    await moveIntoPlace(temporary, target, durable);
    return manifest;
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true });
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(target, cause);
  }
}

/** Reads and checks `homegrown.json` alone. Throws `model/…`. */
export async function readCandidateManifest(directory: string): Promise<CandidateManifest> {
  const path = join(directory, MANIFEST_NAME);
  const text = await readManifestText(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new HomegrownError({
      code: 'model/bad-manifest',
      message: 'is not JSON',
      where: path,
      found: messageOf(cause),
      cause,
      hint: RESTORE,
    });
  }
  const parsed = candidateManifestSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  throw new HomegrownError({
    code: 'model/bad-manifest',
    message: `${issue.path.join('.') || 'manifest'}: ${issue.message}`,
    where: path,
    hint: RESTORE,
  });
}

/** Checks that a folder holds exactly the files its manifest lists, byte for byte, and returns the manifest. Throws `model/…`. */
export async function verifyCandidateFolder(directory: string): Promise<CandidateManifest> {
  const manifest = await readCandidateManifest(directory);
  const present = await listFiles(directory);
  for (const name of Object.keys(manifest.files)) {
    if (!present.includes(name)) throw missingFile(directory, name);
  }
  for (const name of present) {
    const entry = manifest.files[name];
    if (entry === undefined) throw foreignFile(directory, name);
    await verifyFile(join(directory, name), entry);
  }
  return manifest;
}

const RESTORE = 'Restore the folder from a copy, or build it again with `homegrown climb --fresh`.';

async function readManifestText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new HomegrownError({
      code: 'model/no-manifest',
      message:
        systemCodeOf(cause) === 'ENOENT'
          ? 'there is no such file, so this is no model folder'
          : messageOf(cause),
      where: path,
      hint: 'Name a folder that `homegrown climb` or `homegrown models export` wrote.',
      cause,
    });
  }
}

async function verifyFile(path: string, entry: CandidateManifest['files'][string]): Promise<void> {
  const { size } = await stat(path);
  const facts = {
    code: 'model/changed-file',
    message: 'differs from what was saved',
    where: path,
    hint: RESTORE,
  };
  if (size !== entry.bytes)
    throw new HomegrownError({ ...facts, expected: `${entry.bytes} bytes`, found: `${size} bytes` });
  const hash = await sha256OfFile(path);
  if (hash !== entry.sha256) {
    throw new HomegrownError({
      ...facts,
      expected: `SHA-256 ${entry.sha256.slice(0, 12)}…`,
      found: `${hash.slice(0, 12)}…`,
    });
  }
}

function missingFile(directory: string, name: string): HomegrownError {
  return new HomegrownError({
    code: 'model/missing-file',
    message: 'a file of the model is missing',
    where: join(directory, name),
    hint: RESTORE,
  });
}

function foreignFile(directory: string, name: string): HomegrownError {
  return new HomegrownError({
    code: 'model/foreign-file',
    message: 'this file is not part of the model',
    where: join(directory, name),
    expected: `only the files that ${MANIFEST_NAME} lists`,
    hint: 'Move it out of the folder.',
  });
}

/** Relative paths with `/`, sorted, without the folder's own manifest. */
async function listFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter((name) => name !== MANIFEST_NAME)
    .toSorted();
}

async function hashFiles(directory: string): Promise<CandidateManifest['files']> {
  const files: CandidateManifest['files'] = {};
  for (const name of await listFiles(directory)) {
    const path = join(directory, name);
    files[name] = { sha256: await sha256OfFile(path), bytes: (await stat(path)).size };
  }
  return files;
}

async function syncFiles(directory: string): Promise<void> {
  for (const name of await listFiles(directory)) {
    const handle = await open(join(directory, name), 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

async function moveIntoPlace(temporary: string, target: string, durable: boolean): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await rename(temporary, target);
  if (durable) await syncDirectory(dirname(target));
}
