import { Console } from 'node:console';
import { messageOf } from '../errors/homegrown-error.ts';

/**
 * Keeps standard output for results alone: what a config or a library logs goes to standard error. When results cannot be
 * written the process ends: quietly if their reader stopped early (`| head`), else with an error.
 */
export function ownStandardOutput(): void {
  globalThis.console = new Console(process.stderr, process.stderr);
  // Nobody may be left to read remarks; the work goes on.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    const why = error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 'the disk is full' : messageOf(error);
    process.stderr.write(`error: cannot write to standard output: ${why}\n`);
    process.exit(1);
  });
}
