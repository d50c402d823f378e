import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../errors/homegrown-error.ts';
import type { BenchRequests, Pause, Workbench } from './crew.ts';

/** A request to a worker; answered by one `WorkerAnswer` with the same id. */
export interface WorkerRequest {
  id: number;
  name: string;
  request: unknown;
}
export type WorkerAnswer = { id: number; response: unknown } | { id: number; failure: string };

/** Answers the crew's requests in a worker; memory that `buffersOf` names goes to the caller instead of being copied. */
export function serveBench<Requests extends BenchRequests<Requests>>(
  bench: Workbench<Requests>,
  buffersOf: (name: keyof Requests, response: unknown) => ArrayBuffer[],
): void {
  const port = parentPort!;
  const { stop } = workerData as { stop: Int32Array };
  const pause: Pause = () => {
    if (Atomics.load(stop, 0) !== 0) throw new Error('stopped');
    return undefined;
  };
  const answer = async ({ id, name, request }: WorkerRequest): Promise<void> => {
    try {
      const response = await bench[name as keyof Requests](request, pause);
      port.postMessage({ id, response } satisfies WorkerAnswer, buffersOf(name as keyof Requests, response));
    } catch (error) {
      port.postMessage({ id, failure: messageOf(error) } satisfies WorkerAnswer);
    }
  };
  port.on('message', (request: WorkerRequest) => void answer(request));
}
