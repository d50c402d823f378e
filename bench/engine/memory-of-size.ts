// usage: node bench/engine/memory-of-size.ts <size> <texts>; started by memory.ts
import { graphOf } from '../../src/engine/graph/graph.ts';
import { openOrtTrainer } from '../../src/engine/runtime/ort/ort-trainer.ts';
import type { TrainerSetup } from '../../src/engine/training/trainer-setup.ts';
import type { Feeds } from '../../src/engine/training/trainer.ts';
import { trainingBytes } from '../../src/engine/training/training-bytes.ts';
import { trainingGraph } from '../../src/engine/training/training-graph.ts';
import { initialParameters } from '../../src/model/transformer/initial-weights.ts';
import type { Architecture } from './architecture.ts';
import { networkOf } from './our-network.ts';
import { peakBytesOfProcess } from './serve-contestant.ts';
import { SIZES } from './sizes.ts';

const STEPS = 3;
const SMALL = { width: 16, layers: 1, heads: 1, inner: 16, vocabulary: 16, positions: 8 };

function setupOf(architecture: Architecture): TrainerSetup {
  const { builder, loss, logits } = networkOf(architecture);
  return {
    training: trainingGraph(builder, loss),
    evaluation: graphOf({ logits }),
    parameters: initialParameters(builder, { seed: 1, layers: architecture.layers }),
    optimizer: { kind: 'adamw', beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, clipNorm: 1 },
    averageDecay: null,
    threads: 2,
    seed: 1,
  };
}

function feedsOf({ kind, positions: time }: Architecture, texts: number): Feeds {
  const ids = { shape: [texts, time], data: new Int32Array(texts * time).fill(1) };
  if (kind === 'gpt') return { ids, labels: ids };
  return {
    ids,
    mask: { shape: [texts, time], data: new Float32Array(texts * time).fill(1) },
    positions: { shape: [time], data: Int32Array.from({ length: time }, (_, at) => at) },
    labels: { shape: [texts], data: new Int32Array(texts) },
  };
}

/** Trains a few steps. */
async function train(architecture: Architecture, texts: number): Promise<number> {
  const setup = setupOf(architecture);
  const trainer = await openOrtTrainer(setup);
  const microBatches = [feedsOf(architecture, texts)];
  for (let step = 0; step < STEPS; step++)
    await trainer.step({ step, microBatches, weight: 1, learningRate: 1e-6 });
  await trainer.close();
  return trainingBytes(setup, { batch: texts, time: architecture.positions });
}

const [name, texts] = process.argv.slice(2) as [string, string];
const { architecture } = SIZES.find((size) => size.name === name)!;
await train({ ...architecture, ...SMALL }, 1);
const before = peakBytesOfProcess();
const foreseen = await train(architecture, Number(texts));
console.log(JSON.stringify({ foreseen, measured: peakBytesOfProcess() - before }));
