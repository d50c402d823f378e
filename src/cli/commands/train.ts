import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import { layOutTable, renderRun } from '../../project/render.ts';
import {
  readTrainingRun,
  summariseRun,
  type TrainingRun,
  type TrainingRunNow,
} from '../../project/training-runs.ts';
import { type CommandContext, withProject } from '../with-project.ts';

const POLL_MS = 500;
const DEFAULT_COLUMNS = 80;

/** `homegrown train list / show`. */
export function addTrainCommand(program: Command, setExitCode: (code: number) => void): void {
  const train = program
    .command('train')
    .description('training runs of networks: how far they are, their loss and speed');
  train
    .command('list')
    .description('all training runs of this project, the one that changed last first')
    .action((_options: object, command: Command) => withProject(command, listRuns));
  train
    .command('show')
    .argument('[run]', 'its name or the beginning of it; the one that changed last when left out')
    .description('one run: loss curve, learning rate, speed, time left, evaluations')
    .option('--follow', 'go on showing it until it ends; with --json print its events as JSON lines')
    .action((name: string | undefined, { follow = false }: { follow?: boolean }, command: Command) =>
      withProject(command, async (context) => {
        const run = await context.project.trainingRun(name);
        if (!follow) return showOnce(run, context);
        await (context.terminal.json ? followAsJson : followAsText)(run, context);
        if (context.signal.aborted) setExitCode(130);
      }),
    );
}

async function listRuns({ project, terminal }: CommandContext): Promise<void> {
  const runs = await project.trainingRuns();
  const summaries = await Promise.all(
    runs.map(async (run) => {
      const { events, isRunning } = await readTrainingRun(run);
      return { run, summary: summariseRun(events, { isRunning }) };
    }),
  );
  terminal.printJson(
    summaries.map(({ run, summary }) => ({
      run: run.id,
      state: summary.state,
      stepsDone: summary.stepsDone,
      steps: run.spec.schedule.steps,
      best: summary.best,
      measured: { changedAt: run.changedAt.toISOString() },
    })),
  );
  if (runs.length === 0) return terminal.print('No training runs yet.');
  const rows = summaries.map(({ run, summary }) => [
    run.id,
    summary.state,
    `${summary.stepsDone} of ${run.spec.schedule.steps}`,
    run.changedAt.toISOString().slice(0, 16).replace('T', ' '),
  ]);
  const columns = ['run', 'state', 'steps', 'changed'].map((heading) => ({
    heading,
    align: 'left' as const,
  }));
  terminal.print(layOutTable(columns, rows).join('\n'));
}

async function showOnce(run: TrainingRun, { project, terminal }: CommandContext): Promise<void> {
  const now = await readTrainingRun(run);
  terminal.printJson({
    run: run.id,
    directory: relative(project.directory, run.directory),
    ...summariseRun(now.events, now),
    checkpoints: now.checkpoints,
    spec: run.spec,
  });
  terminal.print(viewOf(run, now).trimEnd());
}

/** Prints each event once, until the run is over. */
async function followAsJson(run: TrainingRun, { terminal, signal }: CommandContext): Promise<void> {
  let shown = 0;
  await eachChange(run, signal, ({ events }) => {
    // Shorter than before: the run was resumed from an earlier step.
    for (const event of events.slice(Math.min(shown, events.length))) terminal.printJson(event);
    shown = events.length;
  });
}

/** Redraws the view on a terminal; elsewhere a line on standard error now and then, and the view once the run is over. */
async function followAsText(run: TrainingRun, { terminal, signal }: CommandContext): Promise<void> {
  const isInteractive = process.stdout.isTTY;
  let linesShown = 0;
  let last: TrainingRunNow | undefined;
  await eachChange(run, signal, (now) => {
    last = now;
    const { stepsDone, steps } = summariseRun(now.events, now);
    if (!isInteractive)
      return terminal.progress(`step ${stepsDone}`, steps === null ? null : stepsDone / steps);
    const view = viewOf(run, now);
    process.stdout.write(`${linesShown === 0 ? '' : `\u001B[${linesShown}F\u001B[J`}${view}`);
    linesShown = view.split('\n').length - 1;
  });
  if (!isInteractive && last !== undefined) terminal.print(viewOf(run, last).trimEnd());
}

async function eachChange(
  run: TrainingRun,
  signal: AbortSignal,
  show: (now: TrainingRunNow) => void,
): Promise<void> {
  for (;;) {
    const now = await readTrainingRun(run);
    show(now);
    if (!now.isRunning || signal.aborted) return;
    await sleep(POLL_MS, undefined, { signal }).catch(() => undefined);
  }
}

function viewOf(run: TrainingRun, { events, isRunning }: TrainingRunNow): string {
  const width = process.stdout.columns ?? DEFAULT_COLUMNS;
  return renderRun(events, { name: run.id, width, characters: terminalCharacters(), isRunning });
}

/** ASCII where the terminal or the locale says that it knows nothing else. */
function terminalCharacters(): 'braille' | 'ascii' {
  const { TERM, LC_ALL, LC_CTYPE, LANG } = process.env;
  const locale = LC_ALL || LC_CTYPE || LANG || 'UTF-8';
  return /utf-?8/iu.test(locale) && TERM !== 'dumb' && TERM !== 'linux' ? 'braille' : 'ascii';
}
