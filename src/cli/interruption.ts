/** Aborts on the first Ctrl-C or SIGTERM so that work can be put away; the second one ends the process at once. */
export function interruptionSignal(): AbortSignal {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    process.stderr.write('\nStopping: finished work is being put away (Ctrl-C again to stop at once).\n');
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}
