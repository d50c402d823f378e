import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HomegrownError, messageOf, systemCodeOf } from '../../errors/homegrown-error.ts';
import { type DatasetTombstone, datasetTombstoneSchema } from '../../schema/dataset-tombstone.ts';
import { writeFileAtomic } from '../../util/atomic-file.ts';

const TOMBSTONE_FILE = 'erased.json';

/** What stands in a version's directory once examples of it were erased; null while it is whole or not there. */
export async function readTombstone(directory: string): Promise<DatasetTombstone | null> {
  const path = join(directory, TOMBSTONE_FILE);
  try {
    return datasetTombstoneSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (systemCodeOf(cause) === 'ENOENT' || systemCodeOf(cause) === 'ENOTDIR') return null;
    throw new HomegrownError({
      code: 'data/damaged-version',
      message: `cannot be read: ${messageOf(cause)}`,
      where: path,
      cause,
    });
  }
}

export async function writeTombstone(directory: string, tombstone: DatasetTombstone): Promise<void> {
  await writeFileAtomic(join(directory, TOMBSTONE_FILE), `${JSON.stringify(tombstone, null, 2)}\n`);
}

/** The error for a version that is there no more. */
export function erasedVersion(directory: string, tombstone: DatasetTombstone): HomegrownError {
  const { at, examples, rewrittenAs } = tombstone;
  return new HomegrownError({
    code: 'data/erased-version',
    kind: 'refused',
    message: `${examples} of its examples were erased on request at ${at}; it is no longer reproducible`,
    where: directory,
    hint:
      rewrittenAs === null
        ? 'Nothing was left of it.'
        : `The rest is version ${rewrittenAs.slice(0, 12)}: homegrown data show ${rewrittenAs.slice(0, 12)}`,
  });
}

/** The error for sources that would bring erased examples back. */
export function wouldReturn({ hash, at }: DatasetTombstone, sources: readonly string[]): HomegrownError {
  return new HomegrownError({
    code: 'data/erased-examples',
    kind: 'refused',
    message: `these sources still hold examples that were erased on request at ${at}`,
    where: sources.join(', '),
    expected: 'sources without them',
    found: `the very examples of the erased version ${hash.slice(0, 12)}`,
    hint: 'Take them out of your files: what `homegrown data erase` names as yours is not changed by it.',
  });
}
