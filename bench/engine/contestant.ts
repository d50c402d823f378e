import type { Architecture } from './architecture.ts';

/** 32-bit integers with their shape, row-major. */
export interface IntegerTensor {
  readonly shape: readonly number[];
  readonly data: Int32Array;
}

/** What one step trains on; an encoder also gets the `lengths` of its texts. */
export interface Batch {
  /** [texts, tokens], padded with 0. */
  readonly ids: IntegerTensor;
  /** Of a GPT [texts, tokens], -1 where nothing is to be learned; of an encoder [texts]. */
  readonly labels: IntegerTensor;
  readonly lengths?: IntegerTensor;
}

/** AdamW with decoupled weight decay after clipping by the norm of all gradients together. */
export interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** Names of the parameters that decay. */
  readonly decayed: readonly string[];
  /** Gradients are multiplied by min(1, clipNorm / (norm + 1e-6)), as PyTorch does. */
  readonly clipNorm: number;
}

/** What every contestant of a run trains. */
export interface TrainingSetup {
  readonly architecture: Architecture;
  /** A .safetensors file of all parameters (`parameterShapes`). */
  readonly weights: string;
  readonly optimizer: OptimizerSettings;
  readonly threads: number;
}

export interface StepFigures {
  /** Forward, backward, clipping and update, without reading the batch. */
  readonly seconds: number;
  /** Processor time of the process in these seconds, all threads together. */
  readonly processorSeconds: number;
  readonly loss: number;
  /** Before clipping. */
  readonly gradientNorm: number;
}

export interface PeakMemory {
  /** Highest resident memory of the process so far. */
  readonly peakBytes: number;
  /** The same once its libraries were loaded and nothing was done. */
  readonly startBytes: number;
}

/** A network being trained in a process of its own. */
export interface Contestant {
  /** Answers how many parameters it trains and how long it took to be ready. */
  init(setup: TrainingSetup): Promise<{ parameters: number; seconds: number }>;
  step(batch: Batch, learningRate: number): Promise<StepFigures>;
  peakMemory(): Promise<PeakMemory>;
  close(): Promise<void>;
}

/** Who takes part in a run, by what name; the others' times are divided by those of a `peer`. */
export interface Entry {
  readonly name: string;
  readonly peer: boolean;
  start(): Contestant;
}
