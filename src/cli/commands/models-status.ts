import type { Command } from 'commander';
import { renderHistory, renderStatus } from '../render-deployment.ts';
import { withProject } from '../with-project.ts';

/** `homegrown models status / history`. */
export function addStatusCommands(models: Command): void {
  models
    .command('status')
    .argument('[task]')
    .description('who answers each task, and how its canary and its shadow stand against their gates')
    .action((task: string | undefined, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const names = task === undefined ? project.tasks.map(({ name }) => name) : [project.task(task).name];
        const tasks = await Promise.all(names.map((name) => project.promotions.status(name)));
        terminal.printJson({ tasks });
        terminal.print(tasks.map(renderStatus).join('\n\n'));
      }),
    );
  models
    .command('history')
    .argument('[task]')
    .description('every change of state, oldest first; with --json also the evidence for it')
    .action((task: string | undefined, _options: object, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const { name } = project.task(task);
        const transitions = await project.promotions.history(name);
        terminal.printJson(transitions);
        terminal.print(
          transitions.length === 0 ? `No model of ${name} was ever deployed.` : renderHistory(transitions),
        );
      }),
    );
}
