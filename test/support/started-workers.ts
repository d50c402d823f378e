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

/** Sends threads what they do not expect: each ends with an error once it has done what it is doing. */
export function crash(workers: readonly Worker[]): void {
  for (const worker of workers) worker.postMessage(null);
}
