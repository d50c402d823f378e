import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { HomegrownError, messageOf, systemCodeOf } from '../errors/homegrown-error.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';

const TOMBSTONE_FILE = 'erased.json';

const tombstoneSchema = z.strictObject({
  format: z.literal(1),
  at: z.string(),
  replacedBy: z.number().int().positive(),
});

/** Removes a version's files here and leaves a note in their place. */
export async function removeErased(
  directory: string,
  { at, replacedBy }: { at: string; replacedBy: number },
): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const tombstone: z.infer<typeof tombstoneSchema> = { format: 1, at, replacedBy };
  await writeFileAtomic(join(directory, TOMBSTONE_FILE), `${JSON.stringify(tombstone, null, 2)}\n`);
}

/** Throws `registry/erased-model` when a version's files were erased. */
export async function assertNotErased(
  directory: string,
  { task, version }: { task: string; version: number },
): Promise<void> {
  const path = join(directory, TOMBSTONE_FILE);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    if (systemCodeOf(cause) === 'ENOENT' || systemCodeOf(cause) === 'ENOTDIR') return null;
    throw cause;
  });
  if (text === null) return;
  const { at, replacedBy } = parseTombstone(path, text);
  throw new HomegrownError({
    code: 'registry/erased-model',
    kind: 'refused',
    message: `${task}@${version} held examples that were erased on request at ${at}`,
    where: directory,
    hint: `${task}@${replacedBy} is the same model without them.`,
  });
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
