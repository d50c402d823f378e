import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { configSource, guessColumns, renderColumnGuess } from '../../data/guess-columns.ts';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { writeFileAtomic } from '../../util/atomic-file.ts';
import { Terminal } from '../terminal.ts';
import { globalOptions } from '../with-project.ts';

interface InitOptions {
  task: string;
  input?: string;
  output?: string;
  group?: string;
  force?: boolean;
}

/** `homegrown init <file>`. */
export function addInitCommand(program: Command): void {
  program
    .command('init')
    .argument('<file>', 'labelled examples: .jsonl, .csv or .parquet')
    .description(
      'write homegrown.config.ts from a data file: guesses the columns and shows what it understood',
    )
    .option('--task <name>', 'name of the task', 'label')
    .option('--input <column>', 'the column that holds the input, when the guess is wrong')
    .option('--output <column>', 'the column that holds the expected output, when the guess is wrong')
    .option('--group <column>', 'the column whose equal values belong together (user, conversation, …)')
    .option('--force', 'replace an existing config')
    .action((file: string, options: InitOptions, command: Command) =>
      init(file, options, globalOptions(command)),
    );
}

async function init(
  file: string,
  options: InitOptions,
  { project, json }: { project: string; json: boolean },
): Promise<void> {
  const terminal = new Terminal({ json });
  const directory = resolve(project);
  const target = join(directory, 'homegrown.config.ts');
  if (existsSync(target) && options.force !== true) {
    throw new HomegrownError({
      code: 'init/exists',
      message: 'there is a config already',
      kind: 'usage',
      where: target,
      hint: 'Edit it, or replace it with --force.',
    });
  }
  const { task, input, output, group } = options;
  const corrections = {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(group === undefined ? {} : { group }),
  };
  const guess = await guessColumns(file, corrections);
  const source = configSource({ ...guess, file: relative(directory, resolve(file)) }, { taskName: task });
  await writeFileAtomic(target, source);
  terminal.printJson({ config: target, guess });
  terminal.print(renderColumnGuess(guess));
  terminal.note(
    `Wrote ${relative(process.cwd(), target) || target}. Correct the columns there if the guess is wrong, then run: homegrown climb`,
  );
}
