import { readFileSync } from 'node:fs';

export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** Postgres does not run as root: who it runs as then. Undefined: as whoever runs the tests. */
export function unprivilegedUser(): User | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const entries = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['postgres', 'nobody']) {
    const entry = entries.find(([user]) => user === name);
    if (entry !== undefined) return { uid: Number(entry[2]), gid: Number(entry[3]) };
  }
  throw new Error('Postgres needs a user "postgres" or "nobody" to run as');
}
