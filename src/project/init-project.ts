import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import {
  type ColumnCorrections,
  type ColumnGuess,
  configSource,
  guessColumns,
  renderColumnGuess,
} from '../data/guess-columns.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { writeFileAtomic } from '../util/atomic-file.ts';

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
  guess: ColumnGuess;
  summary: string;
}

/** Writes `homegrown.config.ts` from a data file. Throws `init/exists`, `data/…`. */
export async function initProject({
  directory,
  file,
  taskName,
  corrections = {},
  force = false,
}: InitOptions): Promise<InitializedProject> {
  const root = resolve(directory);
  const config = join(root, 'homegrown.config.ts');
  if (existsSync(config) && !force) {
    throw new HomegrownError({
      code: 'init/exists',
      message: 'there is a config already',
      kind: 'usage',
      where: config,
      hint: 'Edit it, or replace it with --force.',
    });
  }
  const guess = await guessColumns(file, corrections);
  const source = configSource({ ...guess, file: relative(root, resolve(file)) }, { taskName });
  await writeFileAtomic(config, source);
  return { config, guess, summary: renderColumnGuess(guess) };
}
