import {
  add,
  attention,
  crossEntropy,
  gather,
  gemm,
  layerNorm,
  matmul,
  multiply,
  reshape,
  rmsNorm,
  rotary,
  silu,
  transpose,
} from '../../src/engine/graph/functions.ts';
import { binaryCrossEntropy, cosineLoss, meanSquaredError } from '../../src/engine/graph/losses.ts';
import type { Value } from '../../src/engine/graph/value.ts';

/** Two heads, causal; x of [batch, time, width]. */
function rotaryAttention(
  x: Value,
  [query, key, value, output, cosines, sines]: [Value, Value, Value, Value, Value, Value],
): Value {
  const [batch, time, width] = x.shape as [number, number, number];
  const heads = (weight: Value): Value =>
    transpose(reshape(matmul(x, weight), [batch, time, 2, width / 2]), [0, 2, 1, 3]);
  const q = rotary(heads(query), cosines, sines);
  const k = rotary(heads(key), cosines, sines);
  const mixed = attention(q, k, heads(value), { scale: 1 / Math.sqrt(width / 2), causal: true });
  return matmul(reshape(transpose(mixed, [0, 2, 1, 3]), [batch, time, width]), output);
}

/** x + down(silu(gate(norm x)) × up(norm x)). */
function gatedMlp(x: Value, [weight, gate, up, down]: [Value, Value, Value, Value]): Value {
  const normal = rmsNorm(x, weight);
  return add(x, gemm(multiply(silu(gemm(normal, gate)), gemm(normal, up)), down));
}

function tiedEmbeddings(table: Value, [weight, bias, ids, labels]: [Value, Value, Value, Value]): Value {
  const count = Number(ids.shape[0]) * Number(ids.shape[1]);
  const x = layerNorm(reshape(gather(table, ids), [count, table.shape[1]!]), weight, bias);
  return crossEntropy(gemm(x, table, null, { transposeB: true }), reshape(labels, [count]));
}

type Inputs = Readonly<Record<string, Value>>;

/** Losses and layers of several operators, as test/goldens/composite_goldens.py has them. */
export const COMPOSITES: Record<string, (inputs: Inputs) => Value> = {
  binaryCrossEntropy: ({ logits, targets }) => binaryCrossEntropy(logits!, targets!),
  meanSquaredError: ({ x, targets }) => meanSquaredError(x!, targets!),
  cosineLoss: ({ a, b }) => cosineLoss(a!, b!),
  rotaryAttention: ({ x, query, key, value, output, cosines, sines }) =>
    rotaryAttention(x!, [query!, key!, value!, output!, cosines!, sines!]),
  gatedMlp: ({ x, weight, gate, up, down }) => gatedMlp(x!, [weight!, gate!, up!, down!]),
  tiedEmbeddings: ({ table, normWeight, normBias, ids, labels }) =>
    tiedEmbeddings(table!, [normWeight!, normBias!, ids!, labels!]),
  dropout: ({ x, weight, mask }) => gemm(multiply(x!, mask!), weight!),
};
