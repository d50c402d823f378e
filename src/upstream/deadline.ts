/** Runs `work` with a signal that ends with the caller's or after `timeoutMs`; rejects then even if `work` ignores it. */
export async function withDeadline<T>(
  work: (signal: AbortSignal) => PromiseLike<T>,
  { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
): Promise<T> {
  // Not AbortSignal.any: on a signal that lives through a whole climb it would leave something behind with every call.
  const controller = new AbortController();
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const end = (reason: Error): void => {
    controller.abort(reason);
    reject(reason);
  };
  const stop = (): void => end(signal!.reason as Error);
  const timer = setTimeout(() => end(new DeadlineError()), timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** The time was up. */
export class DeadlineError extends Error {}
