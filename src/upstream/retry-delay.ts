/** A provider that asks for a longer pause than this is not waited for. */
export const LONGEST_PAUSE_MS = 120_000;

const LONGEST_BACKOFF_MS = 30_000;

/**
 * Milliseconds to wait before retry number `retry` (from 0): what the provider asked for plus up to a tenth, otherwise
 * exponential back-off with jitter between half and all of `base · 2^retry` (at most 30 s).
 */
export function retryDelayMs(options: {
  retry: number;
  baseMs: number;
  askedMs: number | null;
  random: () => number;
}): number {
  const { retry, baseMs, askedMs, random } = options;
  if (askedMs !== null) return askedMs + Math.min(askedMs * 0.1, 1000) * random();
  return Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** retry) * (0.5 + random() / 2);
}

/** What `retry-after-ms` or `retry-after` (seconds or an HTTP date) asks for, in milliseconds from now; null when absent or unreadable. */
export function retryAfterMs(headers: Record<string, string> | undefined, nowMs: number): number | null {
  const milliseconds = Number(headers?.['retry-after-ms']?.trim() || Number.NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const value = headers?.['retry-after']?.trim();
  if (value === undefined || value === '') return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.max(0, date - nowMs);
}

/** Sleeps, or rejects with the signal's reason as soon as it is aborted. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) return reject(signal.reason as Error);
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    signal?.addEventListener('abort', stop, { once: true });
  });
}
