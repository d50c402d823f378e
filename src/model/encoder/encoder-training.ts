import { graphOf } from '../../engine/graph/graph.ts';
import type { OptimizerSettings } from '../../engine/optim/optimizer-settings.ts';
import { stateName, type TrainerSetup } from '../../engine/training/trainer-setup.ts';
import type { TrainerState } from '../../engine/training/trainer.ts';
import { trainingBytes } from '../../engine/training/training-bytes.ts';
import { trainingGraph } from '../../engine/training/training-graph.ts';
import type { EncoderClassifierArchitecture } from '../../schema/architecture.ts';
import { encoderClassifier } from '../transformer/encoder-classifier.ts';
import { initialParameters } from '../transformer/initial-weights.ts';

export interface EncoderTrainingOptions {
  readonly labelSmoothing: number;
  readonly optimizer: OptimizerSettings;
  readonly averageDecay: number;
  readonly threads: number;
  readonly seed: number;
}

/** What trains an encoder from its first weights, with losses weighed by an input `weights`; evaluations give `logits`. */
export function encoderTrainerSetup(
  architecture: EncoderClassifierArchitecture,
  { labelSmoothing, ...options }: EncoderTrainingOptions,
): TrainerSetup {
  const network = encoderClassifier(architecture, { training: true, labelSmoothing, weighted: true });
  const evaluation = encoderClassifier(architecture, { training: false });
  return {
    training: trainingGraph(network.builder, network.loss),
    evaluation: graphOf({ logits: evaluation.logits }),
    parameters: initialParameters(network.builder, { seed: options.seed, layers: architecture.layers }),
    ...options,
  };
}

/** About how many bytes the trainer takes with micro-batches of so many texts of so many tokens. */
export function encoderTrainingBytes(
  setup: TrainerSetup,
  lengths: { readonly batch: number; readonly time: number },
): number {
  return trainingBytes(setup, { ...lengths });
}

/** A parameter's averaged values in a trainer's state. */
export function averagedParameter(state: TrainerState, name: string): Float32Array {
  return state.get(stateName('average', name))!.data as Float32Array;
}
