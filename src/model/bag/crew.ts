import { setImmediate as nextTurn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { WorkerAnswer, WorkerRequest } from './bag-worker.ts';
import { Kernel } from './kernel.ts';
import type { Pause } from './slice-trainer.ts';
import { Workbench, type BenchRequestName, type BenchRequests } from './workbench.ts';

/** Workbenches that work at the same time: threads, or one in this process. */
export interface Crew {
  readonly size: number;
  /** Asks one member; a member answers in the order it is asked. */
  ask<Name extends BenchRequestName>(
    member: number,
    name: Name,
    request: BenchRequests[Name]['request'],
  ): Promise<BenchRequests[Name]['response']>;
  close(): Promise<void>;
}

const TURN_MS = 8;
const idleKernels: Kernel[] = [];

/** One member in this process, for little work: gives way to other work every few milliseconds. */
export function localCrew(signal?: AbortSignal): Crew {
  const kernel = idleKernels.pop() ?? new Kernel();
  const bench = new Workbench(kernel);
  const pause = turnTaking(signal);
  let open = true;
  return {
    size: 1,
    async ask(_member, name, request) {
      await pause();
      const handler = bench[name].bind(bench) as (argument: unknown, pauseHere: Pause) => unknown;
      return (await handler(request, pause)) as BenchRequests[typeof name]['response'];
    },
    async close() {
      if (open) idleKernels.push(kernel);
      open = false;
    },
  };
}

function turnTaking(signal: AbortSignal | undefined): Pause {
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

/** `size` threads. */
export function threadCrew(size: number, signal?: AbortSignal): Crew {
  const stop = new Int32Array(new SharedArrayBuffer(4));
  const members = Array.from({ length: size }, () => new ThreadMember(stop));
  const onAbort = (): void => {
    Atomics.store(stop, 0, 1);
    for (const member of members) member.fail(signal!.reason);
  };
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener('abort', onAbort, { once: true });
  return {
    size,
    ask: (member, name, request) => members[member]!.ask(name, request),
    async close() {
      signal?.removeEventListener('abort', onAbort);
      Atomics.store(stop, 0, 1);
      await Promise.all(members.map((member) => member.close()));
    },
  };
}

interface Waiting {
  resolve(response: unknown): void;
  reject(reason: unknown): void;
}

class ThreadMember {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  #failure: { reason: unknown } | undefined;
  #nextId = 0;

  constructor(stop: Int32Array) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./bag-worker.${extension}`, import.meta.url), {
      workerData: { stop },
      // Threads hold arrays, not objects: without a bound their garbage gathers in tens of megabytes.
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.fail(workerFailure(String(cause), cause)));
    this.#worker.on('exit', (code) => this.fail(workerFailure(`it ended with code ${code}`)));
  }

  ask<Name extends BenchRequestName>(
    name: Name,
    request: BenchRequests[Name]['request'],
  ): Promise<BenchRequests[Name]['response']> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure.reason as Error);
        return;
      }
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve: resolve as (response: unknown) => void, reject });
      this.#worker.postMessage({ id, name, request } satisfies WorkerRequest);
    });
  }

  fail(reason: unknown): void {
    this.#failure ??= { reason };
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure.reason);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    this.fail(workerFailure('it was closed'));
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('failure' in answer) waiting?.reject(workerFailure(answer.failure));
    else waiting?.resolve(answer.response);
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
