/** Element types of tensors that go into a graph or come out of it. */
export type TensorData = Float32Array | Int32Array;

/** Numbers with their shape, row-major. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

/** Values of a graph's inputs, by name. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** One update of all parameters. */
export interface StepRequest {
  /** Number of this step, from 0; dropout masks depend on it and the trainer's seed alone. */
  readonly step: number;
  /** Their losses are sums; gradients are added up over all of them before the one update. */
  readonly microBatches: readonly Feeds[];
  /** What the summed loss and gradients are divided by: trained tokens or examples in all micro-batches together. */
  readonly weight: number;
  readonly learningRate: number;
}

export interface StepResult {
  /** Summed loss divided by `weight`. */
  readonly loss: number;
  /** Euclidean norm of the gradient of that mean, before clipping. */
  readonly gradientNorm: number;
  readonly seconds: number;
}

/** A loss or gradient that is not a finite number; no parameter was changed. */
export interface NonFinite {
  readonly what: 'loss' | 'gradient';
  readonly microBatch: number;
  /** The first parameter with such a gradient; null when it is the loss. */
  readonly parameter: string | null;
}

/** Everything a trainer remembers between steps, by name: `parameter/…`, `first-moment/…`, `second-moment/…`, `average/…`. */
export type TrainerState = ReadonlyMap<string, Tensor>;

/**
 * A network being trained, off the caller's event loop. Calls are answered in order. Same graph, state, seed, thread count and requests
 * give bit-identical states.
 */
export interface Trainer {
  readonly threads: number;
  /** Rejects with `engine/non-finite` (facts in `NonFinite`) before anything is changed, with `engine/worker-failed` when the worker is gone. */
  step(request: StepRequest): Promise<StepResult>;
  /** Outputs of the evaluation graph for each batch, without dropout; with the averaged weights where there are any. */
  evaluate(batches: readonly Feeds[]): Promise<Record<string, Tensor>[]>;
  state(): Promise<TrainerState>;
  restore(state: TrainerState): Promise<void>;
  close(): Promise<void>;
}
