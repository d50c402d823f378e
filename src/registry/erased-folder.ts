import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import type { ErasureStore } from '../store/store.ts';
import { syncDirectory, writeFileAtomic } from '../util/atomic-file.ts';
import type { Versioned } from './deployment-steps.ts';

const TOMBSTONE_FILE = 'erased.json';

const tombstoneSchema = z.strictObject({
  format: z.literal(1),
  at: z.string(),
  replacedBy: z.number().int().positive(),
});

/** Removes a version's files here and leaves a note in their place, before anything goes: killed in between, it is gone on with. */
export async function removeErased(
  directory: string,
  { at, replacedBy }: { at: string; replacedBy: number },
): Promise<void> {
  const tombstone: z.infer<typeof tombstoneSchema> = { format: 1, at, replacedBy };
  await writeFileAtomic(join(directory, TOMBSTONE_FILE), `${JSON.stringify(tombstone, null, 2)}\n`);
  await endRemoval(directory);
}

/** Removes what a killed removal left; returns the version that took the place of this one, null when it was not erased. */
export async function endRemoval(directory: string): Promise<number | null> {
  const tombstone = await readTombstone(directory);
  if (tombstone === null) return null;
  for (const name of await readdir(directory)) {
    if (name !== TOMBSTONE_FILE) await rm(join(directory, name), { recursive: true, force: true });
  }
  await syncDirectory(directory);
  return tombstone.replacedBy;
}

/** Throws `registry/erased-model` when a version's files were erased here. */
export async function assertNotErased(directory: string, model: Versioned): Promise<void> {
  const tombstone = await readTombstone(directory);
  if (tombstone !== null) throw erasedModel(model, { ...tombstone, where: directory });
}

/** Throws the same when a machine that shares the store erased them: a copy that is left on this disk must not bring them back. */
export async function assertNotReplaced(erasures: ErasureStore, model: Versioned): Promise<void> {
  for (const { startedAt: at, models } of await erasures.list()) {
    const found = models.find(({ task, version }) => task === model.task && version === model.version);
    const replacedBy = found?.replacedBy ?? null;
    if (replacedBy !== null) throw erasedModel(model, { at, replacedBy });
  }
}

function erasedModel(
  { task, version }: Versioned,
  { at, replacedBy, where }: { at: string; replacedBy: number; where?: string },
): HomegrownError {
  return new HomegrownError({
    code: 'registry/erased-model',
    kind: 'refused',
    message: `${task}@${version} held examples that were erased on request at ${at}`,
    where,
    hint: `${task}@${replacedBy} is the same model without them.`,
  });
}

async function readTombstone(directory: string): Promise<z.infer<typeof tombstoneSchema> | null> {
  const path = join(directory, TOMBSTONE_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT' || systemCodeOf(cause) === 'ENOTDIR') return null;
    throw cause;
  });
  return text === null ? null : parseTombstone(path, text);
}

function parseTombstone(path: string, text: string): z.infer<typeof tombstoneSchema> {
  try {
    return tombstoneSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new HomegrownError({
      code: 'registry/erased-model',
      message: messageOf(cause),
      where: path,
      cause,
    });
  }
}
