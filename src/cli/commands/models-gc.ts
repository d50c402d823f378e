import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { formatBytes } from '../../util/format-number.ts';
import { withProject } from '../with-project.ts';

interface GcOptions {
  keep: number;
  dryRun?: boolean;
}

/** `homegrown models gc`. */
export function addGcCommand(models: Command): void {
  models
    .command('gc')
    .argument('[task]')
    .description('remove the files of versions that nothing needs; their records stay')
    .option('--keep <number>', 'newest of them to keep all the same', parseKeep, 3)
    .option('--dry-run', 'only say what would be removed')
    .addHelpText(
      'after',
      '\nNever removed: what is live, canary or shadow, and what a rollback could make live again.',
    )
    .action((task: string | undefined, { keep, dryRun = false }: GcOptions, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const only = task === undefined ? {} : { task: project.task(task).name };
        const removed = await project.models.collectGarbage({ ...only, keep, dryRun });
        terminal.printJson({ removed, dryRun });
        if (removed.length === 0) return terminal.print('Nothing to remove.');
        const verb = dryRun ? 'would be removed' : 'removed';
        for (const { task: name, version, bytes } of removed)
          terminal.print(`${name}@${version} ${verb}${bytes === null ? '' : ` (${formatBytes(bytes)})`}`);
      }),
    );
}

function parseKeep(text: string): number {
  const keep = Number(text);
  if (Number.isInteger(keep) && keep >= 0) return keep;
  throw new HomegrownError({
    code: 'models/bad-number',
    kind: 'usage',
    message: 'this is no number of versions',
    expected: 'a whole number, 0 or more',
    found: text,
  });
}
