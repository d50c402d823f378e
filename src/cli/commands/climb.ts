import { join, relative } from 'node:path';
import type { Command } from 'commander';
import type { ClimbEvent, FinishedClimb } from '../../project/climb-task.ts';
import { renderDataset, renderReportTable } from '../../project/render.ts';
import type { Terminal } from '../terminal.ts';
import { type CommandContext, withProject } from '../with-project.ts';

interface ClimbOptions {
  fresh?: boolean;
  skipBad?: boolean;
}

/** `homegrown climb [task]`. */
export function addClimbCommand(program: Command, setExitCode: (code: number) => void): void {
  program
    .command('climb')
    .argument('[task]', 'the task; may be left out when the config has one')
    .description(
      'build candidates rung by rung, evaluate them, choose, register the winner and say why it stopped',
    )
    .option('--fresh', 'start again, forgetting what an interrupted or finished climb of the same data left')
    .option('--skip-bad', 'go on without lines that cannot be read; they are counted and shown')
    .action((task: string | undefined, options: ClimbOptions, command: Command) =>
      withProject(command, async (context) => setExitCode(await runClimb(task, options, context))),
    );
}

async function runClimb(
  task: string | undefined,
  options: ClimbOptions,
  { project, terminal, signal }: CommandContext,
): Promise<number> {
  const finished = await project.climb(task, {
    ...options,
    signal,
    onDataProgress: (message, share) => terminal.progress(message, share),
    onDataset: ({ manifest }) => terminal.print(`${renderDataset(manifest)}\n`),
    onEvent: (event) => showEvent(event, terminal),
  });
  terminal.printJson(finished.report);
  terminal.print(renderReportTable(finished.report));
  showNextSteps(finished, { directory: project.directory, terminal });
  return finished.report.choice.chosen === null ? 3 : 0;
}

function showNextSteps(
  { report, directory, repeated }: FinishedClimb,
  { directory: root, terminal }: { directory: string; terminal: Terminal },
): void {
  if (repeated)
    terminal.note('This climb had already finished; this is its report. Run it again with --fresh.');
  terminal.note(`The whole report as a page: ${relative(root, join(directory, 'report.html'))}`);
  const { registered } = report.measured;
  if (registered === null) return;
  const name = `${report.task}@${registered.version}`;
  terminal.note(
    registered.live
      ? `${name} is live. Serve it with: homegrown serve`
      : `${name} is registered and not live. How it stands and what it waits for: homegrown models status ${report.task}`,
  );
}

function showEvent(event: ClimbEvent, terminal: Terminal): void {
  if (event.type === 'climb-start' && event.resumed) terminal.note(`Going on with ${event.run}.`);
  if (event.type === 'rung-start') terminal.progress(`${event.rung}: building`);
  if (event.type === 'rung-progress') terminal.progress(`${event.rung}: ${event.message}`, event.share);
  if (event.type === 'rung-skipped') terminal.note(`${event.rung}: not tried: ${event.reason}`);
  if (event.type === 'candidate-evaluated') terminal.note(`${event.candidate}: ${describe(event)}`);
}

function describe({ quality, p50Ms }: Extract<ClimbEvent, { type: 'candidate-evaluated' }>): string {
  const interval =
    quality.low === null || quality.high === null
      ? ''
      : ` (${percent(quality.low)} to ${percent(quality.high)})`;
  return `${percent(quality.value)} %${interval}${p50Ms === null ? '' : `, ${p50Ms < 1 ? `${Math.round(p50Ms * 1000)} µs` : `${Math.round(p50Ms)} ms`} a call`}`;
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
