import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { predictFile } from '../../project/predict-file.ts';
import { inputLines, predictLines } from '../../project/predict-lines.ts';
import { type CommandContext, withProject } from '../with-project.ts';
import { parseModel } from './models.ts';

interface PredictOptions {
  input?: string;
  output?: string;
  inputKey?: string;
  probabilities?: boolean;
  fresh?: boolean;
}

/** `homegrown predict <task>`. */
export function addPredictCommand(program: Command): void {
  program
    .command('predict')
    .argument('[task]', 'the task (its live model), or <task>@<version>')
    .description('JSON lines in, JSON lines out, in the same order, any amount')
    .option('--input <file>', 'JSON lines: strings, or objects with the input; left out: standard input')
    .option(
      '--output <file>',
      'where to; with --input it resumes after an interruption; left out: standard output',
    )
    .option('--input-key <name>', 'key of the input in each object (default: the task’s columns.input)')
    .option('--probabilities', 'give the probability of every label')
    .option('--fresh', 'forget a partial output instead of going on with it')
    .action((name: string | undefined, options: PredictOptions, command: Command) =>
      withProject(command, (context) => predict(name, options, context)),
    );
}

async function predict(
  name: string | undefined,
  options: PredictOptions,
  context: CommandContext,
): Promise<void> {
  const { project, terminal, signal } = context;
  const { task, version } =
    name?.includes('@') === true ? parseModel(name) : { task: name, version: undefined };
  const lineOptions = {
    inputKey: options.inputKey ?? project.task(task).config.columns.input,
    probabilities: options.probabilities ?? false,
    signal,
  };
  const predictor = await project.predictor(task, version);
  try {
    if (options.output === undefined) return await predictToStdout(predictor, options.input, lineOptions);
    if (options.input === undefined) throw needsInput();
    const progress = (message: string, share?: number): void => terminal.progress(message, share);
    const done = await predictFile(predictor, {
      ...lineOptions,
      input: options.input,
      output: options.output,
      fresh: options.fresh ?? false,
      progress,
    });
    terminal.printJson(done);
    const rate = Math.round((done.lines - done.resumedAt) / done.seconds);
    const trouble =
      done.failed === 0 ? '' : `, ${done.failed} of them without an answer (their lines say why)`;
    terminal.print(`${done.lines} lines written to ${options.output}${trouble}; ${rate} lines/s`);
  } finally {
    await predictor.close();
  }
}

type LineOptions = Parameters<typeof predictLines>[2];

async function predictToStdout(
  predictor: Parameters<typeof predictLines>[0],
  input: string | undefined,
  options: LineOptions,
): Promise<void> {
  const source = input === undefined ? process.stdin : createReadStream(input);
  const lines = inputLines(source as AsyncIterable<Buffer>);
  for await (const answers of predictLines(predictor, lines, options)) {
    const room = process.stdout.write(`${answers.map((answer) => JSON.stringify(answer)).join('\n')}\n`);
    if (!room) await once(process.stdout, 'drain');
    if (options.signal?.aborted === true)
      throw new HomegrownError({ code: 'predict/interrupted', message: 'interrupted', kind: 'interrupted' });
  }
}

function needsInput(): HomegrownError {
  return new HomegrownError({
    code: 'predict/no-input',
    message: '--output needs --input',
    kind: 'usage',
    hint: 'Name both files, or use a pipe for both.',
  });
}
