import { parentPort, workerData } from 'node:worker_threads';
import type { Store } from '../../store.ts';
import { openSqliteStore } from '../sqlite-store.ts';
import { failureOf, type StoreAnswer, type StoreCall, type StoreThreadSetup } from './store-messages.ts';

type Methods = Record<string, (...parameters: readonly unknown[]) => Promise<unknown>>;

const port = parentPort!;
const { path, busyTimeoutMs } = workerData as StoreThreadSetup;
const opening = openSqliteStore(path, busyTimeoutMs === undefined ? {} : { busyTimeoutMs });
await answer(0, async () => void (await opening));
port.on('message', ({ id, part, method, parameters }: StoreCall) => {
  void answer(id, async () => {
    const store: Store = await opening;
    const methods = (part === null ? store : store[part]) as unknown as Methods;
    return methods[method]!(...parameters);
  }).then(() => {
    if (part === null && method === 'close') port.close();
  });
});

async function answer(id: number, work: () => Promise<unknown>): Promise<void> {
  let message: StoreAnswer;
  try {
    message = { id, result: await work() };
  } catch (error) {
    message = { id, failure: failureOf(error) };
  }
  port.postMessage(message);
}
