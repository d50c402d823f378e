import { parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import type {
  WorkerAnswer,
  WorkerCalls,
  WorkerCancellation,
  WorkerFailure,
  WorkerRequest,
} from './worker-protocol.ts';

/** A worker's side of the calls. */
export type Handlers<Calls extends WorkerCalls<Calls>> = {
  [Name in keyof Calls]: (
    request: Calls[Name]['request'],
  ) => Promise<Calls[Name]['response']> | Calls[Name]['response'];
};

type Message = WorkerRequest | WorkerCancellation;

const port = parentPort!;

/** Answers calls in their order, one at a time; cancelled ones that have not begun are left out. */
export function serveWorker<Calls extends WorkerCalls<Calls>>(handlers: Handlers<Calls>): void {
  const waiting = new Map<number, WorkerRequest>();
  let serving = false;
  const take = (message: Message): void => {
    if ('cancelled' in message) waiting.delete(message.cancelled);
    else waiting.set(message.id, message);
  };
  const serveAll = async (): Promise<void> => {
    serving = true;
    for (let next = nextOf(waiting, take); next !== undefined; next = nextOf(waiting, take)) {
      waiting.delete(next.id);
      port.postMessage(await answerOf(next, handlers));
    }
    serving = false;
  };
  port.on('message', (message: Message) => {
    take(message);
    if (!serving) void serveAll();
  });
}

/** Computing holds this thread, so cancellations may have come unseen. */
function nextOf(
  waiting: ReadonlyMap<number, WorkerRequest>,
  take: (message: Message) => void,
): WorkerRequest | undefined {
  for (let got = receiveMessageOnPort(port); got !== undefined; got = receiveMessageOnPort(port))
    take(got.message as Message);
  return waiting.values().next().value;
}

async function answerOf<Calls extends WorkerCalls<Calls>>(
  { id, name, request }: WorkerRequest,
  handlers: Handlers<Calls>,
): Promise<WorkerAnswer> {
  try {
    return { id, response: await handlers[name as keyof Calls](request) };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}

function failureOf(error: unknown): WorkerFailure {
  if (error instanceof HomegrownError) return { code: error.code, message: error.message, hint: error.hint };
  return { code: 'engine/failed', message: messageOf(error), hint: undefined };
}
