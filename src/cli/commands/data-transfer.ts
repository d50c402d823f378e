import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { ExportCounts } from '../../schema/export-manifest.ts';
import { type CommandContext, withProject } from '../with-project.ts';

/** `homegrown data export / import`. */
export function addTransferCommands(data: Command): void {
  data
    .command('export')
    .argument('[hash]', 'the first characters of a version’s hash')
    .argument('[file]', 'the .jsonl file to write')
    .option(
      '--all <directory>',
      'everything instead: captures, feedback, models, deployments, keys, data sets, reports; must be absent or empty',
    )
    .description(
      'one version as JSON lines that `data` in a config reads again, with the same split; or everything',
    )
    .action(
      (hash: string | undefined, file: string | undefined, options: { all?: string }, command: Command) =>
        withProject(command, async (context) => {
          if (options.all !== undefined && hash === undefined) return exportAll(options.all, context);
          if (options.all !== undefined || hash === undefined || file === undefined) throw whatToExport();
          return exportVersion(hash, file, context);
        }),
    );
  data
    .command('import')
    .argument('<directory>', 'what `data export --all` wrote')
    .description('take over a complete export, checked; what is here already stays as it is')
    .action((directory: string, _options: object, command: Command) =>
      withProject(command, (context) => importAll(directory, context)),
    );
}

async function exportVersion(
  hash: string,
  file: string,
  { project, terminal }: CommandContext,
): Promise<void> {
  const dataset = await project.exportDataset(hash, file);
  terminal.printJson({ file, examples: dataset.manifest.examples });
  terminal.print(`${dataset.manifest.examples} examples written to ${file}`);
}

async function exportAll(directory: string, { project, terminal, signal }: CommandContext): Promise<void> {
  const manifest = await project.exportAll(directory, {
    signal,
    progress: (message, share) => terminal.progress(message, share),
  });
  terminal.printJson(manifest);
  const lines = namesOf(manifest.counts).map(
    (name) => `  ${wordsOf(name).padEnd(20)}${manifest.counts[name]}`,
  );
  terminal.print([`Everything is in ${directory}:`, ...lines].join('\n'));
}

async function importAll(directory: string, { project, terminal, signal }: CommandContext): Promise<void> {
  const imported = await project.importAll(directory, {
    signal,
    progress: (message, share) => terminal.progress(message, share),
  });
  terminal.printJson(imported);
  const { found, added, erased } = imported;
  const lines = namesOf(found).map(
    (name) => `  ${wordsOf(name).padEnd(20)}${found[name]} found, ${added[name]} added`,
  );
  const left =
    erased === 0 ? [] : [`  ${erased} captures left out: their user or group was erased here since.`];
  terminal.print([`Imported ${directory}:`, ...lines, ...left].join('\n'));
}

function namesOf(counts: ExportCounts): (keyof ExportCounts)[] {
  return Object.keys(counts) as (keyof ExportCounts)[];
}

function wordsOf(name: keyof ExportCounts): string {
  return name.replaceAll(/[A-Z]/gu, (letter) => ` ${letter.toLowerCase()}`);
}

function whatToExport(): HomegrownError {
  return new HomegrownError({
    code: 'data/what-to-export',
    kind: 'usage',
    message: 'say what: one version into a file, or everything into a directory',
    expected: '<hash> <file>, or --all <directory>',
  });
}
