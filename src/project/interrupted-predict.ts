import { HomegrownError } from '../errors/homegrown-error.ts';

/** What the user is told of a failed predict: `predict/interrupted` when the signal was the cause, else the cause itself. */
export function predictFailure(
  cause: unknown,
  { signal, message, hint }: { signal: AbortSignal | undefined; message: string; hint?: string },
): unknown {
  const isAbort = cause instanceof Error && cause.name === 'AbortError';
  if (signal?.aborted !== true || !(isAbort || cause === signal.reason)) return cause;
  return new HomegrownError({ code: 'predict/interrupted', message, kind: 'interrupted', hint, cause });
}
