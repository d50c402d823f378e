import { HomegrownError } from '../errors/homegrown-error.ts';

/** Throws `data/interrupted` once the signal has fired; nothing is left behind by a build that ends so. */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new HomegrownError({
    code: 'data/interrupted',
    kind: 'interrupted',
    message: 'the data build was interrupted; no version was written',
    hint: 'Run the same command again: it starts afresh.',
  });
}
