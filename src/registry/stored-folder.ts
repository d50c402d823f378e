import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { HomegrownError, systemCodeOf } from '../errors/homegrown-error.ts';
import type { ModelFileStore, ModelRecord, Store } from '../store/store.ts';
import { syncDirectory, writeFailure } from '../util/atomic-file.ts';
import { sha256OfFile } from '../util/content-hash.ts';
import {
  type CandidateFolders,
  modelDirectory,
  type Recorded,
  verifiedDirectory,
} from './recorded-folder.ts';

/** The manifest's file name in every model folder. */
const MANIFEST_NAME = 'homegrown.json';

interface Place {
  readonly folders: CandidateFolders;
  readonly modelsDirectory: string;
  readonly files: ModelFileStore;
}

/** Puts the files of a version into the store, if it keeps any and does not have them, so that other machines can fetch them. */
export async function storeFiles(
  { store: { modelFiles: files }, modelsDirectory }: { store: Store; modelsDirectory: string },
  { task, version, manifest }: ModelRecord,
): Promise<void> {
  if (files === null || (await files.list({ task, version })).length > 0) return;
  const directory = modelDirectory(modelsDirectory, task, version);
  const path = join(directory, MANIFEST_NAME);
  const own = { path: MANIFEST_NAME, sha256: await sha256OfFile(path), bytes: (await stat(path)).size };
  const others = Object.entries(manifest.files).map(([name, entry]) => ({ path: name, ...entry }));
  const all = [own, ...others].map((file) => ({
    ...file,
    read: () => createReadStream(join(directory, file.path)),
  }));
  await files.put({ task, version }, all);
}

const MOST_TRIES = 3;
/** Fetches under way in this process, by folder. */
const underWay = new Map<string, Promise<string>>();

/** The verified folder of a version: on this disk, or fetched from the store when it is missing or damaged here. */
export function fetchedDirectory(place: Place, record: Recorded): Promise<string> {
  const target = modelDirectory(place.modelsDirectory, record.task, record.version);
  let fetching = underWay.get(target);
  if (fetching === undefined) {
    fetching = fetchIfBroken(place, record).finally(() => underWay.delete(target));
    underWay.set(target, fetching);
  }
  return fetching;
}

async function fetchIfBroken(place: Place, record: Recorded): Promise<string> {
  for (let tries = 0; ; tries++) {
    try {
      return await verifiedDirectory(place, record);
    } catch (cause) {
      if (!isBroken(cause) || tries === MOST_TRIES) throw cause;
      const listed = await place.files.list(record);
      if (listed.length === 0) throw cause;
      await fetch(place, record, listed);
    }
  }
}

function isBroken(error: unknown): boolean {
  return (
    error instanceof HomegrownError &&
    (error.code.startsWith('model/') || error.code === 'registry/changed-model')
  );
}

/** Writes a version beside its place and moves it there whole; whoever of several processes is first, all find the same. */
async function fetch(
  place: Place,
  record: Recorded,
  listed: Awaited<ReturnType<ModelFileStore['list']>>,
): Promise<void> {
  const target = modelDirectory(place.modelsDirectory, record.task, record.version);
  const parent = dirname(target);
  const staging = join(parent, `.incoming-${process.pid}-${randomBytes(4).toString('hex')}`);
  try {
    await mkdir(staging, { recursive: true });
    for (const { path } of listed) await writeFile(join(staging, path), place.files.read(record, path));
    await place.folders.verify(staging);
    // Another process may have put the whole one there meanwhile.
    const isThere = await verifiedDirectory(place, record).then(
      () => true,
      () => false,
    );
    if (isThere) await rm(staging, { recursive: true, force: true });
    else await replace(staging, target);
    await syncDirectory(parent);
  } catch (cause) {
    await rm(staging, { recursive: true, force: true });
    throw systemCodeOf(cause) === undefined ? cause : writeFailure(target, cause);
  }
}

async function writeFile(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await handle.write(chunk);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What stands there is damaged. Another process may put the whole one there in between: then that one stays. */
async function replace(staging: string, target: string): Promise<void> {
  const damaged = `${staging}-damaged`;
  await rename(target, damaged).catch((cause: unknown) => {
    if (systemCodeOf(cause) !== 'ENOENT') throw cause;
  });
  await rename(staging, target).catch(async (cause: unknown) => {
    if (!['ENOTEMPTY', 'EEXIST'].includes(systemCodeOf(cause) ?? '')) throw cause;
    await rm(staging, { recursive: true, force: true });
  });
  await rm(damaged, { recursive: true, force: true });
}
