import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Paths of all regular files under a directory, in order; what `enters` says no to is passed over. Links are not followed. */
export async function* filesUnder(
  directory: string,
  enters: (path: string) => boolean = () => true,
): AsyncGenerator<string> {
  const entries: Dirent[] = await readdir(directory, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (!enters(path)) continue;
    if (entry.isDirectory()) yield* filesUnder(path, enters);
    else if (entry.isFile()) yield path;
  }
}
