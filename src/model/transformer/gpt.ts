import { add, crossEntropy, gather, gemm, reshape, sum } from '../../engine/graph/functions.ts';
import { GraphBuilder } from '../../engine/graph/graph-builder.ts';
import type { Value } from '../../engine/graph/value.ts';
import type { GptArchitecture } from '../../schema/architecture.ts';
import { dropped, norm, transformerBlock } from './transformer-block.ts';

/** A network as a graph. */
export interface Network {
  readonly builder: GraphBuilder;
  /** Summed over what is trained, [1]. */
  readonly loss: Value;
  readonly logits: Value;
}

/**
 * A causal transformer like GPT-2 (Radford et al. 2019) with tied embeddings. Inputs `ids` and `labels`, int32 [batch, context length];
 * logits [batch·time, vocabulary]. Negative labels are ignored.
 */
export function gpt(architecture: GptArchitecture, { training }: { training: boolean }): Network {
  const { vocabularySize, contextLength: time, width, layers } = architecture;
  const builder = new GraphBuilder();
  const ids = builder.input('ids', { type: 'int32', shape: ['batch', time] });
  const labels = builder.input('labels', { type: 'int32', shape: ['batch', time] });
  const table = builder.parameter('token_embedding', [vocabularySize, width]);
  const positions = builder.parameter('position_embedding', [time, width]);
  const dropout = training ? architecture.dropout : 0;
  const context = { ...architecture, builder, dropout, batch: 'batch', time, causal: true, mask: null };
  const embedded = reshape(add(gather(table, ids), positions), [`${time}*batch`, width]);
  let x = dropped(embedded, context);
  for (let layer = 0; layer < layers; layer++) x = transformerBlock(x, `layers.${layer}`, context);
  const logits = gemm(norm(x, 'final_norm', context), table, null, { transposeB: true });
  const loss = sum(crossEntropy(logits, reshape(labels, [`${time}*batch`])), [0]);
  return { builder, loss, logits };
}
