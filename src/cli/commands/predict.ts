import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';
import type { Command } from 'commander';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { statInputFile } from '../../project/input-file.ts';
import { predictFailure } from '../../project/interrupted-predict.ts';
import { type PredictedFile, predictFile } from '../../project/predict-file.ts';
import { inputLines, predictLines } from '../../project/predict-lines.ts';
import type { Terminal } from '../terminal.ts';
import { type CommandContext, withProject } from '../with-project.ts';
import { parseModel } from '../model-name.ts';

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
  const { input, output } = options;
  if (input === undefined && output !== undefined) throw needsInput();
  if (input !== undefined) await statInputFile(input);
  const predictor = await project.predictor(task, version);
  try {
    if (input !== undefined && output !== undefined) {
      const progress = (message: string, share?: number): void => terminal.progress(message, share);
      const fresh = options.fresh ?? false;
      const done = await predictFile(predictor, { ...lineOptions, input, output, fresh, progress });
      showDone(done, output, terminal);
    } else {
      const source = input === undefined ? process.stdin : createReadStream(input);
      const { lines, failed } = await predictToStdout(predictor, source, lineOptions);
      if (failed > 0) terminal.note(`${lines} lines${withoutAnswer(failed)}`);
    }
  } finally {
    await predictor.close();
  }
}

function showDone(done: PredictedFile, output: string, terminal: Terminal): void {
  terminal.printJson(done);
  const rate = Math.round((done.lines - done.resumedAt) / done.seconds);
  terminal.print(`${done.lines} lines written to ${output}${withoutAnswer(done.failed)}; ${rate} lines/s`);
}

function withoutAnswer(failed: number): string {
  return failed === 0 ? '' : `, ${failed} of them without an answer (their lines say why)`;
}

type LineOptions = Parameters<typeof predictLines>[2] & { signal: AbortSignal };

async function predictToStdout(
  predictor: Parameters<typeof predictLines>[0],
  source: Readable,
  options: LineOptions,
): Promise<{ lines: number; failed: number }> {
  const { signal } = options;
  const lines = inputLines(addAbortSignal(signal, source) as AsyncIterable<Buffer>);
  const done = { lines: 0, failed: 0 };
  try {
    for await (const answers of predictLines(predictor, lines, options)) {
      const room = process.stdout.write(`${answers.map((answer) => JSON.stringify(answer)).join('\n')}\n`);
      done.lines += answers.length;
      done.failed += answers.filter((answer) => 'error' in answer).length;
      if (!room) await once(process.stdout, 'drain', { signal });
    }
    return done;
  } catch (cause) {
    throw predictFailure(cause, { signal, message: `interrupted after ${done.lines} lines` });
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
