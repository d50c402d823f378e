import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { renderErasure } from '../../project/render.ts';
import { type ErasureRecord, type ErasureSubject, erasureSubjectSchema } from '../../schema/erasure.ts';
import { withProject } from '../with-project.ts';

interface Whom {
  user?: string;
  group?: string;
}

/** `homegrown data erase / erasures / retain`. */
export function addEraseCommands(data: Command): void {
  addErase(data);
  addErasures(data);
  addRetain(data);
}

function addErase(data: Command): void {
  data
    .command('erase')
    .description(
      'delete everything the calls of a user or a group left, data sets, models and reports included',
    )
    .option('--user <id>', 'as calls name it in x-homegrown-user')
    .option('--group <id>', 'as calls name it in x-homegrown-group')
    .option('--dry-run', 'only say what would be done')
    .action((options: Whom & { dryRun?: boolean }, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const record = await project.erase({
          subject: subjectOf(options),
          by: userInfo().username,
          dryRun: options.dryRun ?? false,
          progress: (message) => terminal.progress(message),
        });
        terminal.printJson(record);
        terminal.print(renderErasure(record));
      }),
    );
}

function addErasures(data: Command): void {
  data
    .command('erasures')
    .description('what was erased on request, when and by whom; with --user or --group: of one of them')
    .option('--user <id>', 'only erasures of this user')
    .option('--group <id>', 'only erasures of this group')
    .action((options: Whom, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const all = await project.erasures();
        const isOne = options.user !== undefined || options.group !== undefined;
        const hash = isOne ? await project.erasureHashOf(subjectOf(options)) : null;
        const shown = all.filter(({ subject }) => hash === null || subject.hash === hash);
        terminal.printJson(shown);
        terminal.print(shown.length === 0 ? 'None.' : shown.map(lineOf).join('\n'));
        for (const { id, startedAt, by } of await project.unfinishedErasures())
          terminal.note(
            `Not finished: ${id}, asked for by ${by} at ${startedAt}. A server goes on with it, or the same \`homegrown data erase\`.`,
          );
      }),
    );
}

function addRetain(data: Command): void {
  data
    .command('retain')
    .description(
      'delete captured calls older than their task’s retentionDays, as a running server does every hour',
    )
    .action((_options: object, command: Command) =>
      withProject(command, async ({ project, terminal, signal }) => {
        const results = await project.retain({ signal });
        terminal.printJson(results);
        const lines = results.map(
          ({ task, days, deleted }) => `${task}: ${deleted} captured calls older than ${days} days deleted`,
        );
        terminal.print(
          lines.length === 0 ? 'No task has retentionDays: everything is kept.' : lines.join('\n'),
        );
      }),
    );
}

function lineOf({ id, startedAt, by, subject, captures, datasets, models }: ErasureRecord): string {
  const facts = [`${captures} captures`, `${datasets.length} data sets`, `${models.length} models`];
  return `${startedAt}  ${id}  ${subject.kind} ${subject.hash.slice(0, 12)}  by ${by}  ${facts.join(', ')}`;
}

function subjectOf({ user, group }: Whom): ErasureSubject {
  const subject = user === undefined ? { kind: 'group', id: group } : { kind: 'user', id: user };
  const parsed = erasureSubjectSchema.safeParse(subject);
  if (parsed.success && (user === undefined || group === undefined)) return parsed.data;
  throw new HomegrownError({
    code: 'data/whom-to-erase',
    kind: 'usage',
    message: 'say whom: one user or one group',
    expected: 'either --user <id> or --group <id>, the id not empty',
  });
}
