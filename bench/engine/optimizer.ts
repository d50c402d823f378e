import { decayedParameters, type Architecture } from './architecture.ts';
import type { OptimizerSettings } from './contestant.ts';

/** The optimizer of all contestants. */
export function optimizerOf(architecture: Architecture): OptimizerSettings {
  const decayed = decayedParameters(architecture);
  return { beta1: 0.9, beta2: 0.95, epsilon: 1e-8, weightDecay: 0.1, decayed, clipNorm: 1 };
}
