import { describe, expect, test } from 'vitest';
import { GoldenNetwork } from '../../../../test/goldens/golden-network.ts';
import { multiply, squareRoot, sum } from '../../graph/functions.ts';
import { GraphBuilder } from '../../graph/graph-builder.ts';
import { graphOf } from '../../graph/graph.ts';
import { trainingGraph } from '../../training/training-graph.ts';
import type { Feeds, StepRequest, TrainerState } from '../../training/trainer.ts';
import { closedAfterwards, network, open, steps } from './golden-trainers.conformance.ts';
import { openOrtTrainer, type OrtTrainer } from './ort-trainer.ts';

const SGD = { kind: 'sgd', momentum: 0.9, weightDecay: 0, clipNorm: null } as const;

/** Mean gradients of a step, read off the momentum of a trainer that had none before. */
async function gradientsOf(
  trainer: OrtTrainer,
  request: Partial<StepRequest>,
): Promise<{ loss: number; gradients: Map<string, Float32Array> }> {
  const { loss } = await trainer.step({ ...network.request(0), learningRate: 0, ...request });
  const moments = [...(await trainer.state())].filter(([name]) => name.startsWith('first-moment/'));
  return { loss, gradients: new Map(moments.map(([name, { data }]) => [name, data as Float32Array])) };
}

/** ‖a - b‖ / ‖b‖ over all tensors. */
function relativeDifference(a: Map<string, Float32Array>, b: Map<string, Float32Array>): number {
  let difference = 0;
  let size = 0;
  for (const [name, expected] of b) {
    for (const [index, value] of expected.entries()) {
      difference += (a.get(name)![index]! - value) ** 2;
      size += value ** 2;
    }
  }
  return Math.sqrt(difference / size);
}

function bytesOf(state: TrainerState): Record<string, string> {
  const entries = [...state].map(([name, { shape, data }]) => {
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    return [name, `${shape.join()} ${bytes.toString('base64')}`] as const;
  });
  return Object.fromEntries(entries);
}

describe('micro-batches', () => {
  test.each(['gpt', 'encoder'] as const)(
    'of a %s give the gradients of one batch, even and ragged',
    async (kind) => {
      const net = new GoldenNetwork(kind);
      const weight = net.weight(0);
      const learn = async (...parts: readonly (readonly [number, number])[]) => {
        const microBatches = parts.map(([from, to]) => net.feeds(0, { from, to }));
        return gradientsOf(await open({ optimizer: SGD }, net), { microBatches, weight });
      };
      const whole = await learn([0, 4]);
      for (const parts of [
        [
          [0, 1],
          [1, 2],
          [2, 3],
          [3, 4],
        ],
        [
          [0, 3],
          [3, 4],
        ],
        [
          [0, 0],
          [0, 4],
        ],
      ] as const) {
        const { loss, gradients } = await learn(...parts);
        expect(Math.abs(loss - whole.loss)).toBeLessThan(1e-6);
        expect(relativeDifference(gradients, whole.gradients)).toBeLessThan(1e-6);
      }
    },
  );
});

describe('dropout', () => {
  const dropped = async (seed: number, step: number, microBatches?: readonly Feeds[]): Promise<number> => {
    const trainer = await open({ optimizer: SGD, dropout: 0.3, seed });
    const { loss } = await trainer.step({
      ...network.request(0),
      step,
      learningRate: 0,
      ...(microBatches && { microBatches }),
    });
    return loss;
  };

  test('is the same for the same seed, step and micro-batch, and another for others', async () => {
    const first = await dropped(1, 0);
    expect(await dropped(1, 0)).toBe(first);
    expect(await dropped(2, 0)).not.toBe(first);
    expect(await dropped(1, 1)).not.toBe(first);
    const [a] = [network.feeds(0)];
    const twice = await dropped(1, 0, [a, a]);
    expect(twice / 2).not.toBe(first);
  });

  test('is left out of evaluations', async () => {
    const [plain, other] = [await open(), await open({ dropout: 0.5 })];
    const batches = [network.feeds(0)];
    expect(await other.evaluate(batches)).toEqual(await plain.evaluate(batches));
  });

  test('keeps the expected loss', async () => {
    const plain = await (await open({ optimizer: SGD })).step({ ...network.request(0), learningRate: 0 });
    const trainer = await open({ optimizer: SGD, dropout: 0.1 });
    const losses: number[] = [];
    for (let step = 0; step < 200; step++)
      losses.push((await trainer.step({ ...network.request(0), step, learningRate: 0 })).loss);
    const mean = losses.reduce((a, b) => a + b) / losses.length;
    expect(Math.abs(mean - plain.loss)).toBeLessThan(0.05 * plain.loss);
    expect(Math.max(...losses) - Math.min(...losses)).toBeGreaterThan(0.01);
  });
});

describe('updates', () => {
  test('of gradient descent with momentum and decay are what their formula says', async () => {
    const optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 0.1, clipNorm: null } as const;
    const trainer = await open({ optimizer });
    const { parameters } = network.setup();
    const rate = 0.5;
    const before = await trainer.state();
    await trainer.step({ ...network.request(0), learningRate: rate });
    const first = await trainer.state();
    await trainer.step({ ...network.request(1), learningRate: rate });
    const second = await trainer.state();
    for (const { name, decayed } of parameters) {
      const keep = decayed ? 1 - rate * 0.1 : 1;
      const moved = first.get(`parameter/${name}`)!.data;
      for (const [index, value] of before.get(`parameter/${name}`)!.data.entries())
        expect(moved[index]).toBeCloseTo(
          keep * value - rate * first.get(`first-moment/${name}`)!.data[index]!,
          6,
        );
      for (const [index, value] of second.get(`parameter/${name}`)!.data.entries())
        expect(value).toBeCloseTo(
          keep * moved[index]! - rate * second.get(`first-moment/${name}`)!.data[index]!,
          6,
        );
    }
  });

  test('are clipped to the largest norm allowed, and not below it', async () => {
    const moments = async (clipNorm: number | null): Promise<{ norm: number; told: number }> => {
      const trainer = await open({ optimizer: { ...SGD, clipNorm } });
      const { gradientNorm } = await trainer.step({ ...network.request(0), learningRate: 0 });
      const state = [...(await trainer.state())].filter(([name]) => name.startsWith('first-moment/'));
      const squares = state.flatMap(([, { data }]) => Array.from(data, (value) => value * value));
      return { norm: Math.sqrt(squares.reduce((a, b) => a + b)), told: gradientNorm };
    };
    const free = await moments(null);
    expect(free.norm).toBeCloseTo(free.told, 5);
    const clipped = await moments(free.told / 3);
    expect(clipped.norm).toBeCloseTo(free.told / 3, 5);
    expect(clipped.told).toBe(free.told);
    expect((await moments(free.told * 3)).norm).toBe(free.norm);
  });

  test('leave a moving average behind, which evaluations use', async () => {
    const decay = 0.75;
    const trainer = await open({ averageDecay: decay });
    const averages = new Map<string, Float64Array>();
    for (let step = 0; step < 8; step++) {
      await trainer.step(network.request(step));
      const share = Math.max(1 - decay, 1 / (step + 1));
      for (const [name, { data }] of await trainer.state()) {
        if (!name.startsWith('parameter/')) continue;
        const last = averages.get(name) ?? new Float64Array(data.length);
        averages.set(
          name,
          last.map((value, index) => value + (data[index]! - value) * share),
        );
      }
    }
    const state = await trainer.state();
    for (const [name, average] of averages)
      for (const [index, value] of average.entries())
        expect(state.get(name.replace('parameter/', 'average/'))!.data[index]).toBeCloseTo(value, 6);
    const plain = await open();
    const weights = [...(await plain.state())].map(([name, tensor]) => {
      return [name, state.get(name.replace('parameter/', 'average/')) ?? tensor] as const;
    });
    await plain.restore(new Map(weights));
    const batches = [network.feeds(0)];
    expect(await trainer.evaluate(batches)).toEqual(await plain.evaluate(batches));
  });
});

describe('state', () => {
  test.each([1, 2])('restored gives the same steps, bit for bit, with %i threads', async (threads) => {
    const options = { dropout: 0.2, averageDecay: 0.9, threads };
    const straight = await open(options);
    await steps(straight, 0, 5);
    const saved = await straight.state();
    const losses = await steps(straight, 5, 10);
    const resumed = await open(options);
    await resumed.step({ ...network.request(50), learningRate: 1 });
    await resumed.restore(saved);
    expect(bytesOf(await resumed.state())).toEqual(bytesOf(saved));
    expect(await steps(resumed, 5, 10)).toEqual(losses);
    expect(bytesOf(await resumed.state())).toEqual(bytesOf(await straight.state()));
  });

  test('is the same with 1 and 2 threads for a network as small as this', async () => {
    const [one, two] = [await open({ threads: 1 }), await open({ threads: 2 })];
    expect(await steps(one, 0, 5)).toEqual(await steps(two, 0, 5));
    expect([one.threads, two.threads]).toEqual([1, 2]);
  });

  test('of another network is refused, and nothing of it taken', async () => {
    const trainer = await open();
    const before = await trainer.state();
    const wrong = new Map(before);
    for (const [name, { shape, data }] of before) wrong.set(name, { shape, data: data.map((x) => x + 1) });
    wrong.delete('second-moment/final_norm.bias');
    await expect(trainer.restore(wrong)).rejects.toThrowErrorMatchingInlineSnapshot(
      `[HomegrownError: this state does not belong to this network and optimizer: "second-moment/final_norm.bias"; expected [16]; found no such tensor]`,
    );
    expect(bytesOf(await trainer.state())).toEqual(bytesOf(before));
  });
});

describe('what is refused changes nothing', () => {
  const refusing = async (
    trainer: OrtTrainer,
    request: Partial<StepRequest>,
  ): Promise<{ code: string; message: string; cause?: unknown }> => {
    await trainer.step(network.request(0));
    const before = bytesOf(await trainer.state());
    const error = await trainer
      .step({ ...network.request(1), ...request })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'HomegrownError' });
    expect(bytesOf(await trainer.state())).toEqual(before);
    const { loss } = await trainer.step(network.request(1));
    const other = await open({ averageDecay: 0.5 });
    expect(loss).toBe((await steps(other, 0, 2))[1]);
    return error as { code: string; message: string };
  };
  const good = network.feeds(1);
  const withIds = (...ids: number[]): Feeds => {
    const data = good['ids']!.data.slice();
    data.set(ids, 5);
    return { ...good, ids: { ...good['ids']!, data } };
  };

  test('ids that have no row, also in a later micro-batch', async () => {
    const error = await refusing(await open({ averageDecay: 0.5 }), { microBatches: [good, withIds(17)] });
    expect(error.code).toBe('engine/index-out-of-range');
    expect(error.message).toMatchInlineSnapshot(
      `"input "ids" has an index that gather("token_embedding" float32[17, 16], "ids" int32[batch, 8]) cannot look up; expected from 0 to 16; found 17 at position 5"`,
    );
  });

  test('inputs of wrong shape or missing', async () => {
    const ids = { shape: [4, 7], data: new Int32Array(28) };
    const shape = await refusing(await open({ averageDecay: 0.5 }), {
      microBatches: [good, { ...good, ids }],
    });
    expect(shape.message).toMatchInlineSnapshot(
      `""ids" is not what the graph was built for; expected int32[batch, 8] with batch = 4; found int32[4, 7] of 28 numbers"`,
    );
    const missing = await refusing(await open({ averageDecay: 0.5 }), {
      microBatches: [{ ids: good['ids']! }],
    });
    expect(missing.message).toMatchInlineSnapshot(
      `""labels" is not given; expected int32[batch, 8]; found only "ids""`,
    );
  });

  test('a step with nothing to learn', async () => {
    const error = await refusing(await open({ averageDecay: 0.5 }), { weight: 0 });
    expect(error.message).toMatchInlineSnapshot(
      `"step 1 has nothing to learn from; expected a weight above 0 and at least one micro-batch; found weight 0 and 1 micro-batches"`,
    );
  });
});

describe('numbers that are not finite', () => {
  test('in a loss are found before anything is changed, with their micro-batch', async () => {
    const net = new GoldenNetwork('encoder');
    const trainer = await open({}, net);
    const before = bytesOf(await trainer.state());
    const feeds = net.feeds(0);
    const mask = { ...feeds['mask']!, data: feeds['mask']!.data.slice().fill(NaN, 0, 1) };
    const request = { ...net.request(0), microBatches: [feeds, { ...feeds, mask }] };
    await expect(trainer.step(request)).rejects.toMatchObject({
      code: 'engine/non-finite',
      cause: { what: 'loss', microBatch: 1, parameter: null },
    });
    expect(bytesOf(await trainer.state())).toEqual(before);
  });

  test('in a gradient are found before anything is changed, with their micro-batch and parameter', async () => {
    const builder = new GraphBuilder();
    const x = builder.input('x', { type: 'float32', shape: ['rows', 2] });
    const [first, second] = [builder.parameter('first', [2]), builder.parameter('second', [2])];
    const roots = multiply(squareRoot(multiply(x, second)), first);
    const ones = { learningRateScale: 1, decayed: false, shape: [2], initial: Float32Array.of(1, 1) };
    const trainer = await openOrtTrainer({
      ...network.setup({ optimizer: SGD }),
      training: trainingGraph(builder, sum(roots, [0, 1])),
      evaluation: graphOf({ roots }),
      parameters: ['first', 'second'].map((name) => ({ name, ...ones })),
    });
    closedAfterwards(trainer);
    const before = bytesOf(await trainer.state());
    const microBatches = [1, 0].map((value) => ({ x: { shape: [1, 2], data: Float32Array.of(1, value) } }));
    const error = await trainer
      .step({ step: 7, microBatches, weight: 1, learningRate: 1 })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'engine/non-finite',
      cause: { what: 'gradient', microBatch: 1, parameter: 'second' },
    });
    expect((error as Error).message).toMatchInlineSnapshot(
      `"the gradient of parameter "second" is not a finite number in step 7, micro-batch 1; nothing was changed"`,
    );
    expect(bytesOf(await trainer.state())).toEqual(before);
    const { gradientNorm } = await trainer.step({
      step: 7,
      microBatches: microBatches.slice(0, 1),
      weight: 1,
      learningRate: 1,
    });
    expect(gradientNorm).toBeCloseTo(Math.sqrt(1 + 1 + 0.25 + 0.25), 6);
  });
});
