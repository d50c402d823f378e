import type { Command } from 'commander';
import { withProject } from '../with-project.ts';

/** `homegrown feedback import`. */
export function addFeedbackCommand(program: Command): void {
  const feedback = program.command('feedback').description('what became of answers');
  feedback
    .command('import')
    .argument('<file>', 'JSON lines, one entry a line: {"inference": "inf_…", "kind": "accepted"}')
    .description('store feedback from a file; the same file twice counts once')
    .option('--skip-bad', 'go on without lines that are wrong, and say how many they were')
    .action((file: string, { skipBad = false }: { skipBad?: boolean }, command: Command) =>
      withProject(command, async ({ project, terminal }) => {
        const progress = (lines: number): void => terminal.progress(`${lines} entries stored`);
        const result = await project.importFeedback(file, { skipBad, progress });
        terminal.printJson(result);
        for (const problem of result.problems) terminal.note(`left out: ${problem}`);
        const { read, repeated, waiting } = result;
        terminal.print(
          `${result.new} of ${read} entries are new, ${repeated} were there; ${waiting} wait for their call`,
        );
      }),
    );
}
