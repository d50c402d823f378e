import {
  add,
  crossEntropy,
  divide,
  gather,
  matmul,
  multiply,
  reshape,
  scaled,
  shifted,
  sum,
} from '../../engine/graph/functions.ts';
import { GraphBuilder } from '../../engine/graph/graph-builder.ts';
import type { EncoderClassifierArchitecture } from '../../schema/architecture.ts';
import type { Network } from './gpt.ts';
import { dropped, linear, norm, transformerBlock } from './transformer-block.ts';

const MASKED = 1e9;

/**
 * A bidirectional transformer whose mean output over a text's tokens is classified. Inputs `ids` int32 and `mask` float32 (1 for tokens,
 * 0 for padding) of [batch, time], `positions` int32 [time] (0, 1, …) and, for the loss, `labels` int32 [batch]; logits [batch, classes].
 * With `weighted` the losses are multiplied by an input `weights` float32 [batch].
 */
export function encoderClassifier(
  architecture: EncoderClassifierArchitecture,
  {
    training,
    labelSmoothing = 0,
    weighted = false,
  }: { training: boolean; labelSmoothing?: number; weighted?: boolean },
): Network {
  const { vocabularySize, contextLength, width, layers, classes } = architecture;
  const builder = new GraphBuilder();
  const ids = builder.input('ids', { type: 'int32', shape: ['batch', 'time'] });
  const mask = builder.input('mask', { type: 'float32', shape: ['batch', 'time'] });
  const positions = builder.input('positions', { type: 'int32', shape: ['time'] });
  const labels = builder.input('labels', { type: 'int32', shape: ['batch'] });
  const table = builder.parameter('token_embedding', [vocabularySize, width]);
  const places = builder.parameter('position_embedding', [contextLength, width]);
  const context = {
    ...architecture,
    builder,
    dropout: training ? architecture.dropout : 0,
    batch: 'batch',
    time: 'time',
    causal: false,
    mask: reshape(scaled(shifted(mask, -1), MASKED), ['batch', 1, 1, 'time']),
  };
  const embedded = reshape(add(gather(table, ids), gather(places, positions)), ['batch*time', width]);
  let x = dropped(embedded, context);
  for (let layer = 0; layer < layers; layer++) x = transformerBlock(x, `layers.${layer}`, context);
  const tokens = reshape(norm(x, 'final_norm', context), ['batch', 'time', width]);
  const shares = reshape(divide(mask, sum(mask, [1])), ['batch', 1, 'time']);
  const pooled = dropped(reshape(matmul(shares, tokens), ['batch', width]), context);
  const logits = linear(pooled, 'head', { builder, from: width, to: classes });
  const losses = crossEntropy(logits, labels, labelSmoothing);
  const weights = weighted ? builder.input('weights', { type: 'float32', shape: ['batch'] }) : null;
  const weighed = weights === null ? losses : multiply(losses, weights);
  return { builder, loss: sum(weighed, [0]), logits };
}
