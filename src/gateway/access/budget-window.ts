import type { KeyLimit } from '../../schema/api-key.ts';

/** A stretch of time for which a limit holds. */
export interface BudgetWindow {
  /** The beginning of its ISO 8601 time in UTC, for example `2026-11-24T10:05Z`; `ever` has no end. */
  readonly name: string;
  /** Milliseconds since 1970; Infinity for `ever`. */
  readonly endsAt: number;
}

/** The window of a limit that a moment lies in: calendar minutes, hours, days and months in UTC. */
export function windowAt(per: KeyLimit['per'], atMs: number): BudgetWindow {
  const at = new Date(atMs);
  const iso = at.toISOString();
  switch (per) {
    case 'minute':
      return { name: `${iso.slice(0, 16)}Z`, endsAt: nextMultiple(atMs, 60_000) };
    case 'hour':
      return { name: iso.slice(0, 13), endsAt: nextMultiple(atMs, 3_600_000) };
    case 'day':
      return { name: iso.slice(0, 10), endsAt: nextMultiple(atMs, 86_400_000) };
    case 'month':
      return { name: iso.slice(0, 7), endsAt: Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1) };
    case 'ever':
      return { name: 'ever', endsAt: Infinity };
  }
}

function nextMultiple(atMs: number, lengthMs: number): number {
  return (Math.floor(atMs / lengthMs) + 1) * lengthMs;
}
