import type { Command } from 'commander';
import type { DatasetVersion } from '../../project/project.ts';
import { renderDataset } from '../../project/render.ts';
import type { DatasetManifest } from '../../schema/dataset-manifest.ts';
import { addEraseCommands } from './data-erase.ts';
import { addTransferCommands } from './data-transfer.ts';
import { type CommandContext, withProject } from '../with-project.ts';

interface BuildOptions {
  skipBad?: boolean;
}

/** `homegrown data build / check / list / show / export / import / erase / erasures / retain`. */
export function addDataCommand(program: Command): void {
  const data = program
    .command('data')
    .description('data sets: immutable, named by their content, split without leaks');
  const build = (
    name: string,
    description: string,
    show: (dataset: DatasetVersion, context: CommandContext) => void,
  ): void => {
    data
      .command(name)
      .argument('[task]')
      .description(description)
      .option('--skip-bad', 'go on without lines that cannot be read; they are counted and shown')
      .action((task: string | undefined, options: BuildOptions, command: Command) =>
        withProject(command, async (context) => show(await buildNow(task, options, context), context)),
      );
  };
  build('build', 'read the task’s files into a data-set version', ({ manifest, directory }, { terminal }) => {
    terminal.printJson({ directory, ...manifest });
    terminal.print(summaryOf(manifest));
  });
  build(
    'check',
    'what curation found in the task’s files: duplicates, conflicts, leaks, balance',
    ({ manifest }, { terminal }) => {
      terminal.printJson(manifest);
      terminal.print(renderDataset(manifest));
    },
  );
  addListCommand(data);
  addShowCommand(data);
  addTransferCommands(data);
  addEraseCommands(data);
}

function addListCommand(data: Command): void {
  data
    .command('list')
    .description('all data-set versions of this project')
    .action((_options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const list = (await project.datasets()).map(({ manifest }) => manifest);
        terminal.printJson(list);
        terminal.print(
          list.length === 0 ? 'No data sets yet. Run: homegrown data build' : list.map(summaryOf).join('\n'),
        );
      }),
    );
}

function addShowCommand(data: Command): void {
  data
    .command('show')
    .argument('<hash>', 'the first characters of a version’s hash')
    .option('-n, --examples <count>', 'how many examples to show', Number, 5)
    .description('one version: its report, its integrity checked, and some of its examples')
    .action((hash: string, { examples: count }: { examples: number }, command: Command) =>
      withProject(command, async (context) => {
        const dataset = await context.project.findDataset(hash);
        const examples = [];
        for await (const example of dataset.examples()) {
          if (examples.length >= count) break;
          examples.push(example);
        }
        context.terminal.printJson({ manifest: dataset.manifest, examples });
        context.terminal.print(renderDataset(dataset.manifest));
        for (const { input, output } of examples)
          context.terminal.print(`  ${JSON.stringify(output)} ← ${JSON.stringify(input.slice(0, 200))}`);
      }),
    );
}

function buildNow(
  task: string | undefined,
  options: BuildOptions,
  { project, terminal, signal }: CommandContext,
): Promise<DatasetVersion> {
  return project.buildDataset(task, {
    ...options,
    signal,
    progress: (message, share) => terminal.progress(message, share),
  });
}

function summaryOf({ hash, task, examples, classes, splits }: DatasetManifest): string {
  const { train, validation, heldOut } = splits;
  return `${hash.slice(0, 12)}  ${task}  ${examples} examples, ${classes.length} classes; train ${train}, validation ${validation}, held-out ${heldOut}`;
}
