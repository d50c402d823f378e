import { parentPort, workerData } from 'node:worker_threads';
import type { DrainSetup, ToDrain } from './capture-messages.ts';
import { DrainThread } from './drain-thread.ts';

const port = parentPort!;
const thread = new DrainThread(workerData as DrainSetup, (message) => port.postMessage(message));
port.on('message', (message: ToDrain) => {
  void thread.receive(message).then(() => {
    if (message.kind === 'close') port.close();
  });
});
