import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { ResourceLimits } from 'node:worker_threads';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { OpenRequests } from './open-requests.ts';
import type { WorkerAnswer, WorkerRequest } from './serve-bench.ts';

/** What can be asked of a workbench: by name, one argument and its answer. */
export type BenchRequests<Requests> = { [Name in keyof Requests]: { request: unknown; response: unknown } };

/** To be awaited in long work: gives way to other work, and throws when the work is no longer wanted. */
export type Pause = () => Promise<void> | undefined;

/** One worker's share of the work, the same in a thread and in this process. */
export type Workbench<Requests extends BenchRequests<Requests>> = {
  [Name in keyof Requests]: (
    request: Requests[Name]['request'],
    pause: Pause,
  ) => Promise<Requests[Name]['response']> | Requests[Name]['response'];
};

/** Workbenches that work at the same time: threads, or one in this process. */
export interface Crew<Requests extends BenchRequests<Requests>> {
  readonly size: number;
  /** Asks one member; a member answers in the order it is asked. */
  ask<Name extends keyof Requests & string>(
    member: number,
    name: Name,
    request: Requests[Name]['request'],
    transfer?: readonly ArrayBuffer[],
  ): Promise<Requests[Name]['response']>;
  close(): Promise<void>;
}

const TURN_MS = 8;

/** One member in this process, for little work: gives way to other work every few milliseconds. */
export function localCrew<Requests extends BenchRequests<Requests>>(
  bench: Workbench<Requests>,
  signal?: AbortSignal,
): Crew<Requests> {
  const pause = turnTaking(signal);
  return {
    size: 1,
    async ask(_member, name, request) {
      await pause();
      return bench[name](request, pause);
    },
    close: () => Promise.resolve(),
  };
}

/** A pause that takes a turn of the event loop every few milliseconds. */
export function turnTaking(signal: AbortSignal | undefined): Pause {
  let last = performance.now();
  return () => {
    signal?.throwIfAborted();
    if (performance.now() - last < TURN_MS) return undefined;
    return nextTurn().then(() => {
      last = performance.now();
      signal?.throwIfAborted();
    });
  };
}

/** A crew of threads: `worker` is a file that calls `serveBench`. */
export interface ThreadCrewOptions {
  worker: URL;
  size: number;
  signal?: AbortSignal | undefined;
  resourceLimits?: ResourceLimits;
}

/** `size` threads, which stop at an abort and close with the crew. */
export function threadCrew<Requests extends BenchRequests<Requests>>({
  worker,
  size,
  signal,
  resourceLimits = {},
}: ThreadCrewOptions): Crew<Requests> {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const start = (): Worker => new Worker(worker, { workerData: { stop }, resourceLimits });
  const members = Array.from({ length: size }, () => new ThreadMember(start()));
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1);
    for (const member of members) member.fail(signal!.reason);
  };
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    size,
    ask: (member, name, request, transfer = []) => members[member]!.ask({ name, request }, transfer),
    async close() {
      signal?.removeEventListener('abort', onAbort);
      Atomics.store(stop, 0, 1);
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

class ThreadMember {
  readonly #worker: Worker;
  readonly #open = new OpenRequests();

  constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    worker.on('error', (cause) => this.fail(workerFailure(String(cause), cause)));
    worker.on('exit', (code) => this.fail(workerFailure(`it ended with code ${code}`)));
  }

  ask<Response>(work: Omit<WorkerRequest, 'id'>, transfer: readonly ArrayBuffer[]): Promise<Response> {
    return this.#open.open((id) =>
      this.#worker.postMessage({ id, ...work } satisfies WorkerRequest, transfer),
    );
  }

  fail(reason: unknown): void {
    this.#open.failAll(reason);
  }

  async close(): Promise<void> {
    this.fail(workerFailure('it was closed'));
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    if ('failure' in answer) this.#open.reject(answer.id, workerFailure(answer.failure));
    else this.#open.resolve(answer.id, answer.response);
  }
}

function workerFailure(what: string, cause?: unknown): HomegrownError {
  return new HomegrownError({
    code: 'model/worker-failed',
    message: `a training thread failed: ${what}`,
    hint: 'If memory ran out, close other programs or use a smaller data set; otherwise report this as a bug.',
    cause,
  });
}
