import type { Store } from '../store/store.ts';
import type { Task } from '../task/task.ts';

const DAY_MS = 24 * 3600 * 1000;
/** Small enough that other writers of the database do not wait long. */
const AT_ONCE = 500;

/** What a task's retention deleted. */
export interface Retained {
  readonly task: string;
  readonly days: number;
  /** Calls before this were deleted, ISO 8601. */
  readonly before: string;
  /** How many that were, with what was said of them. */
  readonly deleted: number;
}

/** Deletes captured calls that are older than their task's `retentionDays`. Tasks without it keep theirs. May be interrupted. */
export async function applyRetention(
  store: Store,
  tasks: readonly Task[],
  { now = Date.now(), signal }: { now?: number; signal?: AbortSignal } = {},
): Promise<Retained[]> {
  const results: Retained[] = [];
  for (const { name, config } of tasks) {
    const days = config.retentionDays;
    if (days === undefined) continue;
    const before = new Date(now - days * DAY_MS).toISOString();
    results.push({ task: name, days, before, deleted: await deleteBefore(store, name, before, signal) });
  }
  return results;
}

async function deleteBefore(
  { inferences }: Store,
  task: string,
  until: string,
  signal: AbortSignal | undefined,
): Promise<number> {
  let deleted = 0;
  for (;;) {
    signal?.throwIfAborted();
    const count = await inferences.deleteSome({ task, until }, AT_ONCE);
    if (count === 0) return deleted;
    deleted += count;
  }
}
