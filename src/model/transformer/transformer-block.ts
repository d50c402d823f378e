import type { Dimension } from '../../engine/graph/dimension.ts';
import { product } from '../../engine/graph/dimension.ts';
import {
  add,
  attention,
  gelu,
  gemm,
  layerNorm,
  multiply,
  reshape,
  transpose,
} from '../../engine/graph/functions.ts';
import type { GraphBuilder } from '../../engine/graph/graph-builder.ts';
import type { Value } from '../../engine/graph/value.ts';

/** Sizes that all blocks of a transformer share, and what they need to know of a batch. */
export interface BlockContext {
  readonly builder: GraphBuilder;
  readonly width: number;
  readonly heads: number;
  readonly feedForwardWidth: number;
  /** Share of activations dropped; 0 outside training. */
  readonly dropout: number;
  readonly batch: Dimension;
  readonly time: Dimension;
  readonly causal: boolean;
  /** Added to the attention scores [batch, heads, time, time], broadcast. */
  readonly mask: Value | null;
}

/** A pre-norm block (arXiv 2002.04745): x + attention(norm(x)), then x + MLP(norm(x)), for x of [batch·time, width]. */
export function transformerBlock(x: Value, name: string, context: BlockContext): Value {
  const attended = selfAttention(norm(x, `${name}.attention_norm`, context), `${name}.attention`, context);
  const between = add(x, dropped(attended, context));
  const fed = feedForward(
    norm(between, `${name}.feed_forward_norm`, context),
    `${name}.feed_forward`,
    context,
  );
  return add(between, dropped(fed, context));
}

/** Layer normalisation with parameters `name.weight` and `name.bias`. */
export function norm(
  x: Value,
  name: string,
  { builder, width }: Pick<BlockContext, 'builder' | 'width'>,
): Value {
  return layerNorm(
    x,
    builder.parameter(`${name}.weight`, [width]),
    builder.parameter(`${name}.bias`, [width]),
  );
}

/** x·W + b with parameters `name.weight` [in, out] and `name.bias` [out]. */
export function linear(
  x: Value,
  name: string,
  { builder, from, to }: { builder: GraphBuilder; from: number; to: number },
): Value {
  return gemm(x, builder.parameter(`${name}.weight`, [from, to]), builder.parameter(`${name}.bias`, [to]));
}

/** Dropout (Srivastava et al. 2014). */
export function dropped(x: Value, { builder, dropout }: Pick<BlockContext, 'builder' | 'dropout'>): Value {
  return dropout === 0 ? x : multiply(x, builder.dropoutMask(x.shape, dropout));
}

function selfAttention(x: Value, name: string, context: BlockContext): Value {
  const { builder, width, heads, batch, time, causal, mask } = context;
  const size = width / heads;
  const project = (part: string): Value => {
    const flat = linear(x, `${name}.${part}`, { builder, from: width, to: width });
    return transpose(reshape(flat, [batch, time, heads, size]), [0, 2, 1, 3]);
  };
  const [q, k, v] = [project('query'), project('key'), project('value')] as const;
  const options = { scale: 1 / Math.sqrt(size), causal, ...(mask !== null && { mask }) };
  const joined = transpose(attention(q, k, v, options), [0, 2, 1, 3]);
  const flat = reshape(joined, [product([batch, time]), width]);
  return linear(flat, `${name}.output`, { builder, from: width, to: width });
}

function feedForward(x: Value, name: string, { builder, width, feedForwardWidth }: BlockContext): Value {
  const up = linear(x, `${name}.up`, { builder, from: width, to: feedForwardWidth });
  return linear(gelu(up, 'tanh'), `${name}.down`, { builder, from: feedForwardWidth, to: width });
}
