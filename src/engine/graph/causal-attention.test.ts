import { expect, test } from 'vitest';
import { largestDifference } from '../../../test/support/largest-difference.ts';
import { runOnOrt } from '../../../test/support/run-on-ort.ts';
import { seededRandom } from '../../util/random.ts';
import { gradients } from '../autodiff/gradients.ts';
import { evaluateGraph } from '../runtime/reference/evaluate-graph.ts';
import { attention, multiply, reshape, sum } from './functions.ts';
import { GraphBuilder } from './graph-builder.ts';
import { type Graph, graphOf } from './graph.ts';
import { type NdArray, ndArray } from './nd-array.ts';
import type { Value } from './value.ts';

/** Long enough for several blocks of queries, of unequal length. */
const TIME = 201;
const SHAPE = [2, 1, TIME, 2];
const random = seededRandom(1);
const feeds: Record<string, NdArray> = Object.fromEntries(
  ['q', 'k', 'v', 'weights'].map((name) => [name, ndArray(SHAPE, () => 2 * random.next() - 1)]),
);

/** Attention with its gradients; `masked` spells the causal mask out, which keeps all queries in one block. */
function attentionGraph(masked: boolean): Graph {
  const builder = new GraphBuilder();
  const [q, k, v, weights] = ['q', 'k', 'v', 'weights'].map((name) =>
    builder.input(name, { type: 'float32', shape: SHAPE }),
  ) as [Value, Value, Value, Value];
  const later = Float32Array.from({ length: TIME * TIME }, (_, at) =>
    at % TIME > Math.floor(at / TIME) ? -1e9 : 0,
  );
  const mask = builder.constant({ type: 'float32', shape: [TIME, TIME] }, later);
  const y = attention(q, k, v, { scale: 0.7, ...(masked ? { mask } : { causal: true }) });
  const loss = reshape(sum(multiply(y, weights), [0, 1, 2, 3]), []);
  const [dq, dk, dv] = gradients(loss, [q, k, v]);
  return graphOf({ y, dq: dq!, dk: dk!, dv: dv! });
}

test('causal attention in blocks is attention with a mask', () => {
  const [blocks, masked] = [
    evaluateGraph(attentionGraph(false), feeds),
    evaluateGraph(attentionGraph(true), feeds),
  ];
  for (const name of ['y', 'dq', 'dk', 'dv'])
    expect(largestDifference(blocks[name]!, masked[name]!)).toBeLessThan(1e-12);
});

test('causal attention in blocks is on ONNX Runtime what it is by definition', async () => {
  const graph = attentionGraph(false);
  const found = await runOnOrt(graph, feeds);
  for (const [name, expected] of Object.entries(evaluateGraph(graph, feeds)))
    expect(largestDifference(found[name]!, expected)).toBeLessThan(1e-5);
});
