import { copyFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { renderReportTable } from '../../project/render.ts';
import { withProject } from '../with-project.ts';

/** `homegrown report [task]`. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .argument('[task]', 'the task; may be left out when the config has one')
    .description('show the comparison of the last finished climb again')
    .option('--html <file>', 'write the page to this file')
    .action((task: string | undefined, { html }: { html?: string }, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const { report, directory } = await project.report(task);
        const page = join(directory, 'report.html');
        if (html !== undefined) await copyFile(page, html);
        terminal.printJson(report);
        terminal.print(renderReportTable(report));
        terminal.note(`The whole report as a page: ${html ?? relative(project.directory, page)}`);
      }),
    );
}
