import type { OptimizerSettings } from '../../optim/optimizer-settings.ts';
import type { ParameterSpec, Region } from '../../optim/parameter-memory.ts';
import type { MaskSpec } from '../../training/trainer-setup.ts';
import type { Feeds, NonFinite, StepRequest, StepResult, Tensor } from '../../training/trainer.ts';
import type { RowGradient } from '../../training/training-graph.ts';
import type { FeedRules } from '../check-feeds.ts';

/** A trainer's setup as it is sent to its worker. */
export interface WorkerSetup {
  readonly trainingModel: Uint8Array;
  readonly evaluationModel: Uint8Array;
  readonly evaluationInputs: FeedRules;
  readonly evaluationParameters: readonly string[];
  readonly evaluationOutputs: readonly string[];
  readonly inputs: FeedRules;
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

/** What a trainer's worker can be asked. */
export interface TrainerCalls {
  open: { request: WorkerSetup; response: { seconds: number } };
  step: { request: StepRequest; response: StepResult | { nonFinite: NonFinite } };
  evaluate: { request: readonly Feeds[]; response: Record<string, Tensor>[] };
  state: { request: null; response: [string, Tensor][] };
  close: { request: null; response: null };
  restore: { request: [string, Tensor][]; response: null };
}
