import { parentPort, workerData } from 'node:worker_threads';
import type { GateSettings } from '../../registry/gates/gate-settings.ts';
import type { ProjectStoreLocation } from '../open-store.ts';
import { openPromotions } from './open-promotions.ts';
import { WatchLoop } from './watch-loop.ts';

/** What the thread is started with. */
export interface WatchSetup {
  readonly store: ProjectStoreLocation;
  readonly modelsDirectory: string;
  readonly tasks: readonly GateSettings[];
  readonly everyMs: number;
}

const { everyMs, ...setup } = workerData as WatchSetup;
const port = parentPort!;
const { promotions, close } = await openPromotions(setup);
const loop = new WatchLoop({
  promotions,
  tasks: setup.tasks.map(({ task }) => task),
  everyMs,
  tell: (news) => port.postMessage(news),
});
port.on('message', () => {
  void loop
    .stop()
    .then(close)
    .then(() => port.close());
});
