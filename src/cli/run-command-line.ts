import { Command, CommanderError } from 'commander';
import { PACKAGE_VERSION } from '../util/package-version.ts';
import { addCapturesCommand } from './commands/captures.ts';
import { addClimbCommand } from './commands/climb.ts';
import { addDataCommand } from './commands/data.ts';
import { addFeedbackCommand } from './commands/feedback.ts';
import { addInitCommand } from './commands/init.ts';
import { addKeysCommand } from './commands/keys.ts';
import { addModelsCommand } from './commands/models.ts';
import { addPredictCommand } from './commands/predict.ts';
import { addReportCommand } from './commands/report.ts';
import { addServeCommand } from './commands/serve.ts';
import { addTrainCommand } from './commands/train.ts';
import { reportFailure } from './report-failure.ts';
import { Terminal } from './terminal.ts';
import { usageErrorOf } from './usage-error.ts';

/** The program with all its commands; `setExitCode` takes what a command ends with when it is not 0. */
export function commandLine(setExitCode: (code: number) => void): Command {
  const program = new Command('homegrown')
    .description('Turn one AI feature of your product from a rented API into a model you own.')
    .version(PACKAGE_VERSION)
    .option('-C, --project <directory>', 'project directory, with homegrown.config.ts', '.')
    .option('--json', 'print one JSON document (or JSON lines) on stdout and nothing else there')
    .addHelpText('after', HELP)
    // Wrong use is reported where all failures are.
    .configureOutput({ outputError: () => undefined })
    .exitOverride();
  for (const add of [
    addInitCommand,
    addDataCommand,
    addClimbCommand,
    addReportCommand,
    addPredictCommand,
    addServeCommand,
    addModelsCommand,
    addCapturesCommand,
    addFeedbackCommand,
    addKeysCommand,
    addTrainCommand,
  ]) {
    add(program, setExitCode);
  }
  return program;
}

const HELP = `
Exit codes: 0 done, 1 failed, 2 wrong use, 3 refused for lack of evidence or budget, 130 interrupted.

Start with a file of labelled examples:
  homegrown init examples.csv
  homegrown climb
  homegrown serve`;

/** Runs one command line and returns its exit code. */
export async function runCommandLine(parameters: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = commandLine((code) => (exitCode = code));
  try {
    await program.parseAsync(parameters, { from: 'user' });
    return exitCode;
  } catch (failure) {
    const error = failure instanceof CommanderError ? usageErrorOf(failure) : failure;
    return error === null ? exitCode : reportFailure(error, new Terminal({ json: wantsJson(parameters) }));
  }
}

/** Whether `--json` is given; asked of the parameters because those that Commander refused never became options. */
function wantsJson(parameters: readonly string[]): boolean {
  const end = parameters.indexOf('--');
  return parameters.slice(0, end === -1 ? undefined : end).includes('--json');
}
