import { isMainThread, workerData } from 'node:worker_threads';
import { HomegrownError } from '../../../errors/homegrown-error.ts';

/**
 * A thread that is ended inside ONNX Runtime takes the whole process with it: the binding throws where nothing may be thrown any more
 * (onnxruntime-node 1.30). So whoever ends a worker shuts its gate and waits until nothing is computed.
 */
const COMPUTING = 0;
const SHUT = 1;
const MOST_WAIT_MS = 60_000;

/** What a worker that computes is given. */
export interface GatedWorkerData {
  readonly computeGate: Int32Array;
}

const open = new Set<Int32Array>();

/** A gate for a new worker; at the end of the process all gates are shut. */
export function newComputeGate(): Int32Array {
  if (open.size === 0) process.on('exit', shutAll);
  const gate = new Int32Array(new SharedArrayBuffer(8));
  open.add(gate);
  return gate;
}

/** Lets nothing more be computed behind a gate, and waits until nothing is. */
export async function shutGate(gate: Int32Array): Promise<void> {
  Atomics.store(gate, SHUT, 1);
  await Atomics.waitAsync(gate, COMPUTING, 1, MOST_WAIT_MS).value;
  forgetGate(gate);
}

/** For a worker that has ended by itself. */
export function forgetGate(gate: Int32Array): void {
  open.delete(gate);
  if (open.size === 0) process.off('exit', shutAll);
}

function shutAll(): void {
  for (const gate of open) Atomics.store(gate, SHUT, 1);
  for (const gate of open) Atomics.wait(gate, COMPUTING, 1, MOST_WAIT_MS);
}

/** Work inside ONNX Runtime: behind the gate where this is a worker's thread. */
export async function computing<Result>(work: () => Promise<Result>): Promise<Result> {
  const gate = isMainThread ? undefined : (workerData as GatedWorkerData | null)?.computeGate;
  if (gate === undefined) return work();
  Atomics.store(gate, COMPUTING, 1);
  try {
    if (Atomics.load(gate, SHUT) === 1) throw shut();
    return await work();
  } finally {
    Atomics.store(gate, COMPUTING, 0);
    Atomics.notify(gate, COMPUTING);
  }
}

function shut(): HomegrownError {
  return new HomegrownError({
    code: 'engine/worker-failed',
    message: 'the process is ending, nothing more is computed',
    hint: 'Start again.',
  });
}
