import type { OptimizerSettings } from '../../optim/optimizer-settings.ts';
import type { ParameterSpec, Region } from '../../optim/parameter-memory.ts';
import type { InputSpec, MaskSpec } from '../../training/trainer-setup.ts';
import type { Feeds, NonFinite, StepRequest, StepResult, Tensor } from '../../training/trainer.ts';
import type { RowGradient } from '../../training/training-graph.ts';

/** A trainer's setup as it is sent to its worker. */
export interface WorkerSetup {
  readonly trainingModel: Uint8Array;
  readonly evaluationModel: Uint8Array;
  readonly evaluationInputs: readonly InputSpec[];
  readonly evaluationParameters: readonly string[];
  readonly evaluationOutputs: readonly string[];
  readonly inputs: readonly InputSpec[];
  readonly masks: readonly MaskSpec[];
  readonly rowGradients: readonly RowGradient[];
  /** Those with a dense gradient, which the graph adds to. */
  readonly denseGradients: readonly string[];
  readonly lossShape: readonly number[];
  readonly parameters: readonly (ParameterSpec & { readonly initial: Float32Array })[];
  readonly regions: readonly Region[];
  readonly optimizer: OptimizerSettings;
  readonly averageDecay: number | null;
  readonly threads: number;
  readonly seed: number;
  readonly profilePrefix: string | undefined;
}

/** What a worker can be asked. */
export interface WorkerCalls {
  open: { request: null; response: { seconds: number } };
  step: { request: StepRequest; response: StepResult | { nonFinite: NonFinite } };
  evaluate: { request: readonly Feeds[]; response: Record<string, Tensor>[] };
  state: { request: null; response: [string, Tensor][] };
  close: { request: null; response: null };
  restore: { request: [string, Tensor][]; response: null };
}

export interface WorkerRequest<Name extends keyof WorkerCalls = keyof WorkerCalls> {
  readonly id: number;
  readonly name: Name;
  readonly request: WorkerCalls[Name]['request'];
}

/** Facts of a `HomegrownError`, or what else was thrown, as text. */
export interface WorkerFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export type WorkerAnswer =
  | { readonly id: number; readonly response: unknown }
  | { readonly id: number; readonly failure: WorkerFailure };
