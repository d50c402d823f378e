import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { StepTaken } from '../../project/project.ts';
import { parseModel } from '../model-name.ts';
import { parseShare } from '../parse-share.ts';
import { withProject } from '../with-project.ts';

interface StepOptions {
  share?: number;
  reason?: string;
}

const REASON = 'kept in the record; needed when gates are not passed, the step is then forced';

/** `homegrown models shadow / canary / promote / rollback / retire`. */
export function addStepCommands(models: Command): void {
  const shadow = models
    .command('shadow')
    .description('give this version copies of calls after they were answered, and compare what it says')
    .option(
      '--share <share>',
      'of the calls, for example 10% (default: the task’s promotion.shadow.share)',
      parseShare,
    );
  addStep(shadow, 'shadow');
  const canary = models
    .command('canary')
    .description('let this version answer some users and groups, always the same ones')
    .option(
      '--share <share>',
      'of users and groups, for example 10% (default: the task’s promotion.canary.share)',
      parseShare,
    );
  addStep(canary, 'canary');
  addStep(
    models
      .command('promote')
      .description('let this version answer its task from now on; running servers take it up by themselves'),
    'promote',
  );
  addStep(
    models.command('retire').description('end a shadow or a canary, or take a live version away'),
    'retire',
  );
  models
    .command('rollback')
    .argument('[task]')
    .description('back to the version that was live before, or to the task’s upstream')
    .option('--reason <text>', 'kept in the record')
    .action((task: string | undefined, { reason }: StepOptions, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const step = { task: project.task(task).name, action: 'rollback' as const, by: userInfo().username };
        const taken = await project.promotions.step({ ...step, ...(reason === undefined ? {} : { reason }) });
        terminal.printJson(taken);
        terminal.print(taken.message);
      }),
    );
}

function addStep(command: Command, action: Exclude<StepTaken['action'], 'breach' | 'rollback'>): void {
  command
    .argument('<model>', '<task>@<version>')
    .option('--reason <text>', REASON)
    .action((model: string, { share, reason }: StepOptions, self: Command) =>
      withProject(self, async ({ project, terminal }) => {
        const { task, version } = parseModel(model);
        const taken = await project.promotions.step({
          task: project.task(task).name,
          action,
          version,
          by: userInfo().username,
          ...(share === undefined ? {} : { share }),
          ...(reason === undefined ? {} : { reason }),
        });
        terminal.printJson(taken);
        terminal.print(taken.message);
      }),
    );
}
