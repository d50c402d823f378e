import { relative } from 'node:path';
import type { Command } from 'commander';
import { initProject } from '../../project/init-project.ts';
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
      'write homegrown.config.ts (or .mts) from a data file: guesses the columns and shows what it understood',
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
  const { task, force = false, input, output, group } = options;
  const corrections = {
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(group === undefined ? {} : { group }),
  };
  const { config, removed, guess, summary } = await initProject({
    directory: project,
    file,
    taskName: task,
    corrections,
    force,
  });
  terminal.printJson({ config, guess });
  terminal.print(summary);
  for (const path of removed)
    terminal.note(`Removed ${relative(process.cwd(), path)}: there can be only one config.`);
  terminal.note(
    `Wrote ${relative(process.cwd(), config)}. Correct the columns there if the guess is wrong, then run: homegrown climb`,
  );
}
