import { parentPort, workerData } from 'node:worker_threads';
import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import type { WorkerAnswer, WorkerFailure, WorkerRequest, WorkerSetup } from './trainer-protocol.ts';
import { TrainingLoop } from './training-loop.ts';

const port = parentPort!;
let loop: TrainingLoop | undefined;
let busy = Promise.resolve();

async function answer({ name, request }: WorkerRequest): Promise<unknown> {
  if (name === 'open') {
    const started = performance.now();
    loop = await TrainingLoop.open(workerData as WorkerSetup);
    return { seconds: (performance.now() - started) / 1000 };
  }
  return (loop![name] as (argument: unknown) => unknown).call(loop, request);
}

async function serve(message: WorkerRequest): Promise<void> {
  const { id } = message;
  try {
    port.postMessage({ id, response: await answer(message) } satisfies WorkerAnswer);
  } catch (error) {
    port.postMessage({ id, failure: failureOf(error) } satisfies WorkerAnswer);
  }
}

function failureOf(error: unknown): WorkerFailure {
  if (error instanceof HomegrownError) return { code: error.code, message: error.message, hint: error.hint };
  return { code: 'engine/failed', message: messageOf(error), hint: undefined };
}

port.on('message', (message: WorkerRequest) => {
  busy = busy.then(() => serve(message));
});
