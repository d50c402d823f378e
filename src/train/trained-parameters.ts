import type { Tensor, TrainerState } from '../engine/training/trainer.ts';

/** The weights that a run's evaluations judged, by parameter: the averaged ones where there are any. */
export function trainedParameters(state: TrainerState): Map<string, Tensor> {
  const averaged = regionOf(state, 'average/');
  return averaged.size > 0 ? averaged : regionOf(state, 'parameter/');
}

function regionOf(state: TrainerState, prefix: string): Map<string, Tensor> {
  return new Map(
    [...state]
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );
}
