import type { Worker } from 'node:worker_threads';

/** What a piece of work gives, with the threads it started. */
export async function startedWorkers<Result>(
  work: () => Promise<Result>,
): Promise<{ result: Result; workers: Worker[] }> {
  const workers: Worker[] = [];
  const note = (worker: Worker): number => workers.push(worker);
  process.on('worker', note);
  try {
    return { result: await work(), workers };
  } finally {
    process.off('worker', note);
  }
}
