import { parentPort, workerData } from 'node:worker_threads';
import { messageOf } from '../../errors/homegrown-error.ts';
import type { FeatureChunk } from './feature-chunk.ts';
import { Workbench, type BenchRequestName, type BenchRequests } from './workbench.ts';

/** A request to a worker; answered by one `WorkerAnswer` with the same id. */
export interface WorkerRequest {
  id: number;
  name: BenchRequestName;
  request: BenchRequests[BenchRequestName]['request'];
}
export type WorkerAnswer = { id: number; response: unknown } | { id: number; failure: string };

const port = parentPort!;
const { stop } = workerData as { stop: Int32Array };
const bench = new Workbench();

function pause(): undefined {
  if (Atomics.load(stop, 0) !== 0) throw new Error('stopped');
  return undefined;
}

async function answer({ id, name, request }: WorkerRequest): Promise<WorkerAnswer> {
  try {
    const handler = bench[name].bind(bench) as (argument: unknown, pauseHere: typeof pause) => unknown;
    return { id, response: await handler(request, pause) };
  } catch (error) {
    return { id, failure: messageOf(error) };
  }
}

port.on('message', (request: WorkerRequest) => {
  void answer(request).then((response) => {
    port.postMessage(response, request.name === 'featurise' ? buffersOf(response) : []);
  });
});

/** The memory of features goes to the caller instead of being copied. */
function buffersOf(response: WorkerAnswer): ArrayBuffer[] {
  if ('failure' in response) return [];
  const { starts, wordEnds, rows, values } = response.response as FeatureChunk;
  return [starts, wordEnds, rows, values].map(({ buffer }) => buffer as ArrayBuffer);
}
