import type { Terminal } from './terminal.ts';

/** Aborts on the first Ctrl-C or SIGTERM so that work can be put away; the second one ends the process at once. */
export function interruptionSignal(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    terminal.note('\nStopping: finished work is being put away (Ctrl-C again to stop at once).');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
