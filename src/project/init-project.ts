import { rm } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import {
  type ColumnCorrections,
  type ColumnGuess,
  configSource,
  guessColumns,
  renderColumnGuess,
} from '../data/guess-columns.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { nameSchema } from '../schema/config.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';
import { findConfigs } from './load-config.ts';
import { newConfigName } from './new-config-name.ts';

export interface InitOptions {
  directory: string;
  /** Labelled examples, relative to the working directory. */
  file: string;
  taskName: string;
  /** Columns the user names. */
  corrections?: ColumnCorrections;
  /** Replace an existing config. */
  force?: boolean;
}

/** What was understood of the file, in data and in words, and the config written from it. */
export interface InitializedProject {
  config: string;
  /** Configs of other names that `force` removed, so that the new one is the only one. */
  removed: string[];
  guess: ColumnGuess;
  summary: string;
}

/** Writes `homegrown.config.ts` or `.mts` from a data file. Throws `init/exists`, `init/bad-name`, `data/…`. */
export async function initProject({
  directory,
  file,
  taskName,
  corrections = {},
  force = false,
}: InitOptions): Promise<InitializedProject> {
  checkTaskName(taskName);
  const root = resolve(directory);
  const existing = findConfigs(root);
  if (existing.length > 0 && !force) throw configExists(existing);
  const guess = await guessColumns(file, corrections);
  const source = configSource({ ...guess, file: relative(root, resolve(file)) }, { taskName });
  const config = join(root, newConfigName(root));
  await writeFileAtomic(config, source);
  const removed = existing.filter((path) => path !== config);
  for (const path of removed) await rm(path);
  return { config, removed, guess, summary: renderColumnGuess(guess) };
}

function checkTaskName(name: string): void {
  const checked = nameSchema.safeParse(name);
  if (checked.success) return;
  const allowed = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]+/gu, '-')
    .replaceAll(/^[_-]+|[_-]+$/gu, '')
    .slice(0, 63);
  throw new HomegrownError({
    code: 'init/bad-name',
    message: 'this cannot be the name of a task',
    kind: 'usage',
    where: '--task',
    expected: checked.error.issues[0]!.message.replace(/^expected /u, ''),
    found: JSON.stringify(name),
    hint: `For example: --task ${allowed === '' ? 'topic' : allowed}`,
  });
}

function configExists(paths: readonly string[]): HomegrownError {
  const [first] = paths;
  return new HomegrownError({
    code: 'init/exists',
    message: 'there is a config already',
    kind: 'usage',
    where: first,
    found: paths.map((path) => basename(path)).join(' and '),
    hint: 'Edit it, or replace it with --force.',
  });
}
