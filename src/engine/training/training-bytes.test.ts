import { expect, test } from 'vitest';
import { gpt } from '../../model/transformer/gpt.ts';
import { graphOf } from '../graph/graph.ts';
import { openOrtTrainer } from '../runtime/ort/ort-trainer.ts';
import { trainingBytes } from './training-bytes.ts';
import { trainingGraph } from './training-graph.ts';

const ADAMW = {
  kind: 'adamw',
  beta1: 0.9,
  beta2: 0.95,
  epsilon: 1e-8,
  weightDecay: 0.1,
  clipNorm: 1,
} as const;
const SGD = { kind: 'sgd', momentum: 0.9, weightDecay: 0, clipNorm: null } as const;

function network(width: number, layers = 2): ReturnType<typeof gpt> {
  const sizes = { vocabularySize: 256, contextLength: 64, width, layers, heads: 2 };
  return gpt({ kind: 'gpt', ...sizes, feedForwardWidth: 4 * width, dropout: 0 }, { training: true });
}

const training = ({ builder, loss }: ReturnType<typeof gpt>): ReturnType<typeof trainingGraph> =>
  trainingGraph(builder, loss);

test('grows with the batch, the network and what the optimizer remembers', () => {
  const small = { training: training(network(64)), optimizer: ADAMW, averageDecay: null };
  const bytes = trainingBytes(small, { batch: 8 });
  // bench/engine/memory.ts compares such figures with measured ones.
  expect(bytes / 1e6).toBeCloseTo(20.5, 0);
  expect(trainingBytes(small, { batch: 16 })).toBeGreaterThan(1.3 * bytes);
  expect(trainingBytes({ ...small, averageDecay: 0.9 }, { batch: 8 })).toBeGreaterThan(bytes);
  expect(trainingBytes({ ...small, optimizer: SGD }, { batch: 8 })).toBeLessThan(bytes);
  expect(trainingBytes({ ...small, training: training(network(128)) }, { batch: 8 })).toBeGreaterThan(bytes);
});

test('a network that no trainer can hold is refused from its shapes, before a worker starts', async () => {
  const large = network(4096, 8);
  const setup = { training: training(large), optimizer: ADAMW, averageDecay: null };
  expect(() => trainingBytes(setup, { batch: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[HomegrownError: the parameters with their gradients and moments do not fit into the memory of one trainer; expected at most 4294967296 bytes; found 25797722176 bytes]`,
  );
  const parameters = [...large.builder.parameters].map(([name, { shape }]) => ({
    name,
    shape: shape.map(Number),
    initial: new Float32Array(),
    decayed: false,
    learningRateScale: 1,
  }));
  const evaluation = graphOf({ logits: large.logits });
  const opened = openOrtTrainer({ ...setup, evaluation, parameters, threads: 1, seed: 1 });
  await expect(opened).rejects.toMatchObject({ code: 'engine/too-large' });
});
