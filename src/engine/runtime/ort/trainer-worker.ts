import { serveWorker } from './serve-worker.ts';
import type { TrainerCalls } from './trainer-protocol.ts';
import { TrainingLoop } from './training-loop.ts';

let loop: TrainingLoop | undefined;

serveWorker<TrainerCalls>({
  async open(setup) {
    const started = performance.now();
    loop = await TrainingLoop.open(setup);
    return { seconds: (performance.now() - started) / 1000 };
  },
  step: (request) => loop!.step(request),
  evaluate: (batches) => loop!.evaluate(batches),
  state: () => loop!.state(),
  restore: (state) => loop!.restore(state),
  close: () => loop!.close(),
});
