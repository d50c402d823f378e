import { encoderClassifier } from '../../src/model/transformer/encoder-classifier.ts';
import { gpt, type Network } from '../../src/model/transformer/gpt.ts';
import type { Architecture } from './architecture.ts';

/** A raced network as the engine builds it. */
export function networkOf(architecture: Architecture): Network {
  const shape = {
    vocabularySize: architecture.vocabulary,
    contextLength: architecture.positions,
    width: architecture.width,
    layers: architecture.layers,
    heads: architecture.heads,
    feedForwardWidth: architecture.inner,
    dropout: 0,
  };
  if (architecture.gelu !== 'tanh') throw new Error('only the tanh form of GELU is raced');
  if (architecture.kind === 'gpt') return gpt({ kind: 'gpt', ...shape }, { training: true });
  const { classes, labelSmoothing } = architecture;
  const encoder = { kind: 'encoder-classifier', ...shape, classes } as const;
  return encoderClassifier(encoder, { training: true, labelSmoothing });
}
