import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import type { Terminal } from './terminal.ts';

/** Tells the user what failed and returns the exit code. */
export function reportFailure(failure: unknown, terminal: Terminal): number {
  terminal.clearBar();
  if (!(failure instanceof HomegrownError)) return reportBug(failure, terminal);
  const { code, message, where, expected, found, hint, exitCode } = failure;
  terminal.printJson({
    error: {
      code,
      message,
      where: where ?? null,
      expected: expected ?? null,
      found: found ?? null,
      hint: hint ?? null,
    },
  });
  process.stderr.write(`${failure.kind === 'interrupted' ? '' : 'error: '}${message}\n`);
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`);
  return exitCode;
}

function reportBug(failure: unknown, terminal: Terminal): number {
  const message = messageOf(failure);
  terminal.printJson({
    error: { code: 'internal', message, where: null, expected: null, found: null, hint: null },
  });
  process.stderr.write(`error: ${message}\n  This is a mistake in Homegrown, not in your project.\n`);
  if (failure instanceof Error && failure.stack !== undefined) process.stderr.write(`${failure.stack}\n`);
  return 1;
}
