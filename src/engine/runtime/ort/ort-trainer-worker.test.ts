import { describe, expect, test } from 'vitest';
import { crash, startedWorkers } from '../../../../test/support/started-workers.ts';
import { gpt } from '../../../model/transformer/gpt.ts';
import { initialParameters } from '../../../model/transformer/initial-weights.ts';
import { graphOf } from '../../graph/graph.ts';
import { trainingGraph } from '../../training/training-graph.ts';
import { closedAfterwards, network, open, steps } from './golden-trainers.conformance.ts';
import { openOrtTrainer } from './ort-trainer.ts';

describe('the worker', () => {
  test('that ends fails what it was asked and is asked', async () => {
    const { result: trainer, workers } = await startedWorkers(() => open());
    crash(workers);
    const step = trainer.step(network.request(0));
    await expect(step).rejects.toMatchObject({ code: 'engine/worker-failed' });
    await expect(trainer.step(network.request(1))).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HomegrownError: the training worker failed: TypeError: Cannot use 'in' operator to search for 'cancelled' in null]`,
    );
    await expect(trainer.state()).rejects.toMatchObject({ code: 'engine/worker-failed' });
  });

  test('of one trainer does not disturb another', async () => {
    const [a, b] = await Promise.all([open(), open()]);
    const [left, right] = await Promise.all([steps(a, 0, 5), steps(b, 0, 5)]);
    expect(left).toEqual(right);
  });

  test('leaves the event loop free in a long step', async () => {
    const [time, texts] = [128, 48];
    const architecture = { vocabularySize: 256, contextLength: time, width: 128, layers: 2, heads: 4 };
    const shape = { ...architecture, kind: 'gpt', feedForwardWidth: 512, dropout: 0 } as const;
    const { builder, loss, logits } = gpt(shape, { training: true });
    const trainer = closedAfterwards(
      await openOrtTrainer({
        ...network.setup(),
        training: trainingGraph(builder, loss),
        evaluation: graphOf({ logits }),
        parameters: initialParameters(builder, { seed: 1, layers: 2 }),
      }),
    );
    const ids = { shape: [texts, time], data: new Int32Array(texts * time).fill(5) };
    const request = { step: 0, microBatches: [{ ids, labels: ids }], weight: texts * time, learningRate: 0 };
    await trainer.step(request);
    let [turns, longest] = [0, 0];
    let computing = true;
    const step = trainer.step(request).finally(() => {
      computing = false;
    });
    for (let last = performance.now(); computing; last = performance.now()) {
      await new Promise(setImmediate);
      longest = Math.max(longest, performance.now() - last);
      turns++;
    }
    const { seconds } = await step;
    expect(seconds).toBeGreaterThan(0.1);
    expect(turns).toBeGreaterThan(100);
    expect(longest).toBeLessThan(500 * seconds);
  });

  test('of a closed trainer is gone', async () => {
    const trainer = await open();
    await trainer.close();
    await expect(trainer.step(network.request(0))).rejects.toMatchObject({ code: 'engine/worker-failed' });
  });
});
