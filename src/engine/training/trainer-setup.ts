import type { Dimension } from '../graph/dimension.ts';
import type { Graph } from '../graph/graph.ts';
import type { OptimizerSettings } from '../optim/optimizer-settings.ts';
import type { ParameterSpec } from '../optim/parameter-memory.ts';
import type { Tensor } from './trainer.ts';
import type { TrainingGraph } from './training-graph.ts';

/** What a trainer is made of. */
export interface TrainerSetup {
  readonly training: TrainingGraph;
  /** Computes what evaluations ask for from the same parameters, without dropout. */
  readonly evaluation: Graph;
  /** All parameters, with their groups and first values. */
  readonly parameters: readonly (ParameterSpec & { readonly initial: Float32Array })[];
  readonly optimizer: OptimizerSettings;
  /** Decay of the moving average of the weights for each step; null: none is kept. */
  readonly averageDecay: number | null;
  readonly threads: number;
  /** Of dropout. */
  readonly seed: number;
}

/** A dropout mask as a worker needs it. */
export interface MaskSpec {
  readonly name: string;
  readonly rate: number;
  readonly shape: readonly Dimension[];
}

/** Names of a tensor in a trainer's state. */
export function stateName(region: string, parameter: string): string {
  return `${region}/${parameter}`;
}

/** A copy of numbers with their shape. */
export function tensorOf(shape: readonly number[], data: Float32Array): Tensor {
  return { shape, data: Float32Array.from(data) };
}
