import { parentPort, workerData } from 'node:worker_threads';
import type { JournalSetup, ToJournal } from './capture-messages.ts';
import { JournalThread } from './journal-thread.ts';

const port = parentPort!;
const thread = new JournalThread(workerData as JournalSetup, (message) => port.postMessage(message));
port.on('message', (message: ToJournal) => {
  // A failure ends the thread, and another one begins where it was.
  void thread.receive(message).then(() => {
    if (message.kind === 'close') port.close();
  });
});
