/** Lets calls through at most so many at a time and so many a minute, in the order they asked. */
export interface RequestLimits {
  /** Resolves when the call may start, with the function that says it ended. Rejects when aborted. */
  enter(signal?: AbortSignal): Promise<() => void>;
  /** No call starts before this time (`performance.now()`): the provider asked for a pause. */
  pauseUntil(timeMs: number): void;
}

/** A concurrency limit and a token bucket that holds one second's worth of calls. */
export function requestLimits(limits: { concurrency: number; requestsPerMinute: number }): RequestLimits {
  const perMs = limits.requestsPerMinute / 60_000;
  const capacity = Math.max(1, limits.requestsPerMinute / 60);
  let tokens = capacity;
  let filledAt = performance.now();
  let pausedUntil = 0;
  let active = 0;
  let timer: NodeJS.Timeout | undefined;
  const queue: (() => void)[] = [];

  const refill = (now: number): void => {
    tokens = Math.min(capacity, tokens + (now - filledAt) * perMs);
    filledAt = now;
  };
  const waitMs = (now: number): number => {
    const forToken = tokens >= 1 ? 0 : (1 - tokens) / perMs;
    return Math.max(forToken, pausedUntil - now);
  };
  const pump = (): void => {
    clearTimeout(timer);
    while (queue.length > 0 && active < limits.concurrency) {
      const now = performance.now();
      refill(now);
      const delay = waitMs(now);
      if (delay > 0) {
        timer = setTimeout(pump, Math.min(Math.ceil(delay), 2 ** 31 - 1));
        return;
      }
      tokens -= 1;
      active += 1;
      queue.shift()!();
    }
  };
  const leaveOnce = (): (() => void) => {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      active -= 1;
      pump();
    };
  };

  return {
    pauseUntil(timeMs) {
      pausedUntil = Math.max(pausedUntil, timeMs);
    },
    enter(signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted === true) return reject(signal.reason as Error);
        const start = (): void => {
          signal?.removeEventListener('abort', abandon);
          resolve(leaveOnce());
        };
        const abandon = (): void => {
          const place = queue.indexOf(start);
          if (place >= 0) queue.splice(place, 1);
          reject(signal!.reason as Error);
        };
        signal?.addEventListener('abort', abandon, { once: true });
        queue.push(start);
        pump();
      });
    },
  };
}
