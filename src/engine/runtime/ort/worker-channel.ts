import { Worker } from 'node:worker_threads';
import { HomegrownError } from '../../../errors/homegrown-error.ts';
import { forgetGate, type GatedWorkerData, newComputeGate, shutGate } from './compute-gate.ts';
import type { WorkerAnswer, WorkerCalls, WorkerCancellation, WorkerRequest } from './worker-protocol.ts';

/** A worker thread of this folder that answers calls in the order it is asked. */
export class WorkerChannel<Calls extends WorkerCalls<Calls>> {
  readonly #gate = newComputeGate();
  readonly #worker: Worker;
  readonly #what: string;
  readonly #waiting = new Map<number, { resolve(response: unknown): void; reject(reason: Error): void }>();
  #failure: HomegrownError | undefined;
  #nextId = 0;

  /** `file` without its extension; `what` is how errors call the worker. */
  constructor(file: string, what: string) {
    this.#what = what;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./${file}.${extension}`, import.meta.url), {
      workerData: { computeGate: this.#gate } satisfies GatedWorkerData,
    });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#fail(this.#failureOf(String(cause), cause)));
    this.#worker.on('exit', (code) => {
      forgetGate(this.#gate);
      this.#fail(this.#failureOf(`it ended with code ${code}`));
    });
  }

  ask<Name extends keyof Calls & string>(
    name: Name,
    request: Calls[Name]['request'],
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<Calls[Name]['response']> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      if (this.#failure !== undefined) return reject(this.#failure);
      const id = this.#nextId++;
      const cancel = (): void => this.#cancel(id, signal!.reason as Error);
      signal?.addEventListener('abort', cancel, { once: true });
      const settled = <Value>(settle: (value: Value) => void) => {
        return (value: Value): void => {
          signal?.removeEventListener('abort', cancel);
          settle(value);
        };
      };
      this.#waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      this.#worker.postMessage({ id, name, request } satisfies WorkerRequest);
    });
  }

  /** Ends the worker; what is asked before and after fails. */
  async terminate(): Promise<void> {
    this.#fail(this.#failureOf('it was closed'));
    await shutGate(this.#gate);
    await this.#worker.terminate();
  }

  #cancel(id: number, reason: Error): void {
    this.#worker.postMessage({ cancelled: id } satisfies WorkerCancellation);
    this.#waiting.get(id)?.reject(reason);
    this.#waiting.delete(id);
  }

  #settle(answer: WorkerAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if ('failure' in answer) waiting?.reject(new HomegrownError(answer.failure));
    else waiting?.resolve(answer.response);
  }

  #fail(reason: HomegrownError): void {
    this.#failure ??= reason;
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
  }

  #failureOf(happened: string, cause?: unknown): HomegrownError {
    return new HomegrownError({
      code: 'engine/worker-failed',
      message: `${this.#what} failed: ${happened}`,
      hint: 'If memory ran out, use smaller batches. What was answered or saved before is whole: go on from there.',
      cause,
    });
  }
}
