import { graphOf } from '../../src/engine/graph/graph.ts';
import type { OptimizerSettings } from '../../src/engine/optim/optimizer-settings.ts';
import type { TrainerSetup } from '../../src/engine/training/trainer-setup.ts';
import type { Feeds, StepRequest, Tensor } from '../../src/engine/training/trainer.ts';
import { trainingGraph } from '../../src/engine/training/training-graph.ts';
import { encoderClassifier } from '../../src/model/transformer/encoder-classifier.ts';
import { gpt, type Network } from '../../src/model/transformer/gpt.ts';
import { type ModelGolden, readModelGolden } from './read-model-goldens.ts';

/** What a test may want otherwise than the golden has it. */
export interface GoldenSetupOptions {
  readonly optimizer?: OptimizerSettings;
  readonly dropout?: number;
  readonly averageDecay?: number | null;
  readonly threads?: number;
  readonly seed?: number;
}

/** The network of a golden, built here, with the golden's weights and batches. */
export class GoldenNetwork {
  readonly golden: ModelGolden;

  constructor(kind: 'gpt' | 'encoder') {
    this.golden = readModelGolden(kind);
  }

  build({ training, dropout = 0 }: { training: boolean; dropout?: number }): Network {
    const { architecture } = this.golden;
    const shape = {
      vocabularySize: architecture.vocabulary,
      contextLength: architecture.positions,
      width: architecture.width,
      layers: architecture.layers,
      heads: architecture.heads,
      feedForwardWidth: architecture.inner,
      dropout,
    };
    if (architecture.kind === 'gpt') return gpt({ kind: 'gpt', ...shape }, { training });
    const { classes, labelSmoothing } = architecture;
    return encoderClassifier({ kind: 'encoder-classifier', ...shape, classes }, { training, labelSmoothing });
  }

  setup(options: GoldenSetupOptions = {}): TrainerSetup {
    const { decayed, ...settings } = this.golden.optimizer;
    const { optimizer = { kind: 'adamw', ...settings }, dropout = 0 } = options;
    const { builder, loss } = this.build({ training: true, dropout });
    const evaluated = this.build({ training: false });
    return {
      training: trainingGraph(builder, loss),
      evaluation: graphOf({ loss: evaluated.loss, logits: evaluated.logits }),
      parameters: Object.entries(this.golden.weights).map(([name, { shape, data }]) => ({
        name,
        shape,
        initial: data,
        decayed: decayed.includes(name),
        learningRateScale: 1,
      })),
      optimizer,
      averageDecay: options.averageDecay ?? null,
      threads: options.threads ?? 1,
      seed: options.seed ?? 1,
    };
  }

  /** Inputs of a step; of some of its texts only, where told. */
  feeds(step: number, texts?: { from: number; to: number }): Feeds {
    const { lengths, ...batch } = Object.fromEntries(
      Object.entries(this.golden.batches).map(([name, all]) => [name, rowOf(all, step)]),
    );
    const feeds: Record<string, Tensor> = { ...(batch as Record<string, Tensor>) };
    if (lengths !== undefined) {
      const time = this.golden.architecture.positions;
      const mask = Array.from(lengths.data).flatMap((length) =>
        Array.from({ length: time }, (_, at) => Number(at < length)),
      );
      feeds['mask'] = { shape: [lengths.data.length, time], data: Float32Array.from(mask) };
      feeds['positions'] = { shape: [time], data: Int32Array.from({ length: time }, (_, at) => at) };
    }
    if (texts === undefined) return feeds;
    const rows = Object.entries(feeds).filter(([name]) => name !== 'positions');
    return {
      ...feeds,
      ...Object.fromEntries(rows.map(([name, tensor]) => [name, rowsOf(tensor, texts.from, texts.to)])),
    };
  }

  /** Trained tokens of a step's batch, or its texts. */
  weight(step: number): number {
    return this.feeds(step)['labels']!.data.filter((label) => label >= 0).length;
  }

  /** A step as the golden has it: one micro-batch. */
  request(step: number): StepRequest {
    const learningRate = this.golden.learningRates[step]!;
    return { step, microBatches: [this.feeds(step)], weight: this.weight(step), learningRate };
  }
}

function rowOf({ shape, data }: { shape: readonly number[]; data: Int32Array }, row: number): Tensor {
  const size = data.length / shape[0]!;
  return { shape: shape.slice(1), data: data.slice(row * size, (row + 1) * size) };
}

function rowsOf({ shape, data }: Tensor, from: number, to: number): Tensor {
  const size = data.length / shape[0]!;
  return { shape: [to - from, ...shape.slice(1)], data: data.slice(from * size, to * size) };
}
