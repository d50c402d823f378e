import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const DEBIAN = '/usr/lib/postgresql';

/** Where `initdb` and `postgres` are: $POSTGRES_BIN, the newest of Debian's packages, or a directory of $PATH; null: nowhere. */
export function postgresBinaries(): string | null {
  const { POSTGRES_BIN, PATH = '' } = process.env;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN) : [];
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a));
  const candidates = [
    ...(POSTGRES_BIN === undefined ? [] : [POSTGRES_BIN]),
    ...newestFirst.map((version) => join(DEBIAN, version, 'bin')),
    ...PATH.split(':'),
  ];
  return candidates.find((directory) => existsSync(join(directory, 'initdb'))) ?? null;
}
