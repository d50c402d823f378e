import { graphOf } from '../../src/engine/graph/graph.ts';
import { openOrtTrainer, type OrtTrainer } from '../../src/engine/runtime/ort/ort-trainer.ts';
import type { Feeds } from '../../src/engine/training/trainer.ts';
import { trainingGraph } from '../../src/engine/training/training-graph.ts';
import { floatsOf, readSafetensors } from '../../src/model/safetensors.ts';
import { microBatchTokens } from '../../src/model/transformer/micro-batch-tokens.ts';
import { decayedParameters, parameterShapes, sizeOf, type Architecture } from './architecture.ts';
import type { Batch, Contestant, PeakMemory, StepFigures, TrainingSetup } from './contestant.ts';
import { networkOf } from './our-network.ts';
import { peakBytesOfProcess, peakMemoryOfProcess, serveContestant } from './serve-contestant.ts';

/** The embedded engine as it trains in a climb: a worker of this process. */
export class OurContestant implements Contestant {
  readonly #profilePrefix: string | undefined;
  readonly #startBytes = peakBytesOfProcess();
  #trainer!: OrtTrainer;
  #architecture!: Architecture;
  #step = 0;

  constructor(profilePrefix?: string) {
    this.#profilePrefix = profilePrefix;
  }

  async init(setup: TrainingSetup): Promise<{ parameters: number; seconds: number }> {
    const started = performance.now();
    const { architecture, weights, optimizer, threads } = setup;
    this.#architecture = architecture;
    const { tensors } = await readSafetensors(weights);
    const decayed = new Set(decayedParameters(architecture));
    const shapes = Object.entries(parameterShapes(architecture));
    const { builder, loss, logits } = networkOf(architecture);
    this.#trainer = await openOrtTrainer(
      {
        training: trainingGraph(builder, loss),
        evaluation: graphOf({ logits }),
        parameters: shapes.map(([name, shape]) => ({
          name,
          shape,
          decayed: decayed.has(name),
          learningRateScale: 1,
          initial: floatsOf(tensors.get(name)!),
        })),
        optimizer: { kind: 'adamw', ...optimizer },
        averageDecay: null,
        threads,
        seed: 1,
      },
      this.#profilePrefix === undefined ? {} : { profilePrefix: this.#profilePrefix },
    );
    const parameters = shapes.reduce((sum, [, shape]) => sum + sizeOf(shape), 0);
    return { parameters, seconds: (performance.now() - started) / 1000 };
  }

  async step(batch: Batch, learningRate: number): Promise<StepFigures> {
    const [texts, time] = batch.ids.shape as [number, number];
    const rows = Math.max(1, Math.floor(microBatchTokens(this.#architecture.width) / time));
    const microBatches: Feeds[] = [];
    for (let from = 0; from < texts; from += rows)
      microBatches.push(feedsOf(batch, from, Math.min(texts, from + rows)));
    const weight = batch.labels.data.filter((label) => label >= 0).length;
    const processor = process.cpuUsage();
    const started = performance.now();
    const result = await this.#trainer.step({ step: this.#step++, microBatches, weight, learningRate });
    const seconds = (performance.now() - started) / 1000;
    const used = process.cpuUsage(processor);
    const processorSeconds = (used.user + used.system) / 1e6;
    return { seconds, processorSeconds, loss: result.loss, gradientNorm: result.gradientNorm };
  }

  peakMemory(): Promise<PeakMemory> {
    return Promise.resolve(peakMemoryOfProcess(this.#startBytes));
  }

  close(): Promise<void> {
    return this.#trainer.close();
  }
}

/** Texts `from` to before `to` of a batch. */
function feedsOf({ ids, labels, lengths }: Batch, from: number, to: number): Feeds {
  const [, time] = ids.shape as [number, number];
  const rows = to - from;
  const tokens = { shape: [rows, time], data: ids.data.slice(from * time, to * time) };
  if (lengths === undefined)
    return {
      ids: tokens,
      labels: { shape: [rows, time], data: labels.data.slice(from * time, to * time) },
    };
  const mask = Float32Array.from({ length: rows * time }, (_, at) =>
    at % time < lengths.data[from + Math.floor(at / time)]! ? 1 : 0,
  );
  return {
    ids: tokens,
    mask: { shape: [rows, time], data: mask },
    positions: { shape: [time], data: Int32Array.from({ length: time }, (_, at) => at) },
    labels: { shape: [rows], data: labels.data.slice(from, to) },
  };
}

if (import.meta.main) await serveContestant(new OurContestant());
