import type { DatabaseSync } from 'node:sqlite';

/** Imports `node:sqlite` without the warning that Node 22 prints about its age on the user's terminal. */
export async function loadSqlite(): Promise<{ DatabaseSync: typeof DatabaseSync }> {
  const original = process.emitWarning;
  process.emitWarning = function emitWarning(this: unknown, ...parameters: unknown[]): void {
    if (String(parameters[0]).startsWith('SQLite is an experimental feature')) return;
    Reflect.apply(original, process, parameters);
  };
  try {
    return await import('node:sqlite');
  } finally {
    process.emitWarning = original;
  }
}
