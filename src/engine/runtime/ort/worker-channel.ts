import { Worker } from 'node:worker_threads';
import { HomegrownError } from '../../../errors/homegrown-error.ts';
import { OpenRequests } from '../../../util/open-requests.ts';
import { forgetGate, type GatedWorkerData, newComputeGate, shutGate } from './compute-gate.ts';
import type { WorkerAnswer, WorkerCalls, WorkerCancellation, WorkerRequest } from './worker-protocol.ts';

/** A worker thread of this folder that answers calls in the order it is asked. */
export class WorkerChannel<Calls extends WorkerCalls<Calls>> {
  readonly #gate = newComputeGate();
  readonly #worker: Worker;
  readonly #what: string;
  readonly #open = new OpenRequests();

  /** `file` without its extension; `what` is how errors call the worker. */
  constructor(file: string, what: string) {
    this.#what = what;
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
    this.#worker = new Worker(new URL(`./${file}.${extension}`, import.meta.url), {
      workerData: { computeGate: this.#gate } satisfies GatedWorkerData,
    });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#open.failAll(this.#failureOf(String(cause), cause)));
    this.#worker.on('exit', (code) => {
      forgetGate(this.#gate);
      this.#open.failAll(this.#failureOf(`it ended with code ${code}`));
    });
  }

  ask<Name extends keyof Calls & string>(
    name: Name,
    request: Calls[Name]['request'],
    { signal }: { signal?: AbortSignal | undefined } = {},
  ): Promise<Calls[Name]['response']> {
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    let forget = (): void => undefined;
    const answer = this.#open.open<Calls[Name]['response']>((id) => {
      const cancel = (): void => this.#cancel(id, signal!.reason as Error);
      signal?.addEventListener('abort', cancel, { once: true });
      forget = () => signal?.removeEventListener('abort', cancel);
      this.#worker.postMessage({ id, name, request } satisfies WorkerRequest);
    });
    return answer.finally(forget);
  }

  /** Ends the worker; what is asked before and after fails. */
  async terminate(): Promise<void> {
    this.#open.failAll(this.#failureOf('it was closed'));
    await shutGate(this.#gate);
    await this.#worker.terminate();
  }

  #cancel(id: number, reason: Error): void {
    this.#worker.postMessage({ cancelled: id } satisfies WorkerCancellation);
    this.#open.reject(id, reason);
  }

  #settle(answer: WorkerAnswer): void {
    if ('failure' in answer) this.#open.reject(answer.id, new HomegrownError(answer.failure));
    else this.#open.resolve(answer.id, answer.response);
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
