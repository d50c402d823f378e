import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { gradients } from '../autodiff/gradients.ts';
import { writeGraph } from '../onnx/graph-writer.ts';
import { trainingGraph } from '../training/training-graph.ts';
import {
  add,
  attention,
  concat,
  crossEntropy,
  exp,
  expand,
  gather,
  greaterOrEqual,
  layerNorm,
  matmul,
  multiply,
  reshape,
  slice,
  sum,
} from './functions.ts';
import { GraphBuilder } from './graph-builder.ts';
import { graphOf } from './graph.ts';

/** An error's text with its hint; `where` must name the line of this file that holds `line`. */
function refusal(work: () => unknown, line?: string): string {
  try {
    work();
  } catch (error) {
    if (!(error instanceof HomegrownError)) throw error;
    const { code, where = '', message, hint = '' } = error;
    if (line !== undefined) {
      const number = Number(/graph-errors\.test\.ts:(\d+):\d+$/.exec(where)?.[1]);
      expect(readFileSync(new URL(import.meta.url), 'utf8').split('\n')[number - 1]).toContain(line);
    }
    return `${code}: ${where === '' ? message : message.replace(where, 'HERE')}. ${hint}`;
  }
  return 'no error';
}

const builder = new GraphBuilder();
const x = builder.input('x', { type: 'float32', shape: ['batch', 64] });
const ids = builder.input('ids', { type: 'int32', shape: ['batch'] });
const weight = builder.parameter('layers.0.weight', [32, 64]);

test('a product of matrices that do not fit', () => {
  expect(refusal(() => matmul(x, weight), 'matmul(x, weight)')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: matmul("x" float32[batch, 64], "layers.0.weight" float32[32, 64]) does not fit; expected 64 along the last but one axis of the second factor; found float32[batch, 64] × float32[32, 64]. Look at the types of the inputs where this node is built."`,
  );
  const h = exp(x);
  const turned = (): unknown => matmul(h, weight, { transposeA: true, transposeB: true });
  expect(refusal(turned, 'matmul(h, weight')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: matmul(%3 float32[batch, 64], "layers.0.weight" float32[32, 64]) does not fit; expected batch along the last axis of the second factor; found float32[batch, 64] transposed × float32[32, 64] transposed. Look at the types of the inputs where this node is built."`,
  );
});

test('elementwise operators of lengths that differ', () => {
  expect(refusal(() => add(x, weight), 'add(x, weight)')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: add("x" float32[batch, 64], "layers.0.weight" float32[32, 64]) does not fit; expected shapes that are equal or 1 along each axis from the last; found [batch, 64] and [32, 64]. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => multiply(x, ids), 'multiply(x, ids)')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: multiply("x" float32[batch, 64], "ids" int32[batch]) does not fit; expected float32 for input 1; found int32[batch]. Look at the types of the inputs where this node is built."`,
  );
});

test('wrong axes, shapes and element types', () => {
  expect(refusal(() => reshape(x, ['batch', 8, 9]), 'reshape(x')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: reshape("x" float32[batch, 64]) does not fit; expected a shape of 64*batch elements, as float32[batch, 64] has; found [batch, 8, 9] with 72*batch. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => sum(x, [2]), 'sum(x')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: sum("x" float32[batch, 64]) does not fit; expected an axis of float32[batch, 64]; found axis 2. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => expand(x, ['batch', 3]), 'expand(x')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: expand("x" float32[batch, 64]) does not fit; expected a shape that float32[batch, 64] can be repeated to; found [batch, 3]. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => slice(x, { axis: 0, start: 0, end: 1 }), 'slice(x')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: slice("x" float32[batch, 64]) does not fit; expected an axis of known length; found batch in float32[batch, 64]. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => concat([x, weight], 1), 'concat([')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: concat("x" float32[batch, 64], "layers.0.weight" float32[32, 64]) does not fit; expected float32[batch, 64] but for axis 1; found float32[32, 64]. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => gather(weight, x), 'gather(')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: gather("layers.0.weight" float32[32, 64], "x" float32[batch, 64]) does not fit; expected int32 indices; found float32[batch, 64]. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => crossEntropy(x, ids, 1), 'crossEntropy(')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: crossEntropy("x" float32[batch, 64], "ids" int32[batch]) does not fit; expected label smoothing from 0 to below 1; found 1. Look at the types of the inputs where this node is built."`,
  );
  expect(refusal(() => layerNorm(x, weight, weight), 'layerNorm(')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: layerNorm("x" float32[batch, 64], "layers.0.weight" float32[32, 64], "layers.0.weight" float32[32, 64]) does not fit; expected a weight of shape [64]; found float32[32, 64]. Look at the types of the inputs where this node is built."`,
  );
  const causal = (): unknown => attention(x, x, x, { scale: 1, causal: true });
  expect(refusal(causal, 'attention(x')).toMatchInlineSnapshot(
    `"engine/type-mismatch: HERE: attention("x" float32[batch, 64], "x" float32[batch, 64], "x" float32[batch, 64]) does not fit; expected q of rank 4; found float32[batch, 64]. Look at the types of the inputs where this node is built."`,
  );
});

test('values of another graph', () => {
  const other = new GraphBuilder().input('y', { type: 'float32', shape: [64] });
  expect(refusal(() => add(x, other), 'add(x, other)')).toMatchInlineSnapshot(
    `"engine/foreign-value: HERE: add("x" float32[batch, 64], "y" float32[64]) uses "y" of another graph. Build all values of one graph with one GraphBuilder."`,
  );
  expect(refusal(() => graphOf({ x, other }))).toMatchInlineSnapshot(
    `"engine/foreign-value: output "other" is "y" of another graph than "x". Build all values of one graph with one GraphBuilder."`,
  );
});

test('names that are taken or cannot be used', () => {
  expect(refusal(() => builder.parameter('x', [1]))).toMatchInlineSnapshot(
    `"engine/name-taken: the graph already has an input or parameter named "x". Give each input, parameter and output its own name."`,
  );
  expect(refusal(() => graphOf({ x: exp(x) }))).toMatchInlineSnapshot(
    `"engine/name-taken: the graph already has an input or parameter named "x". Give each input, parameter and output its own name."`,
  );
  expect(refusal(() => builder.input('%1', { type: 'float32', shape: [1] }))).toMatchInlineSnapshot(
    `"engine/unusable-name: "%1" cannot be the name of an input, parameter or output. Use a name that is not empty and does not start with %."`,
  );
});

test('shapes and constants that cannot be', () => {
  expect(refusal(() => builder.parameter('nan', [NaN, 2]), "parameter('nan'")).toMatchInlineSnapshot(
    `"engine/wrong-dimension: HERE: "nan" cannot have the shape [NaN, 2]; expected whole lengths from 0; those of inputs may be names or products such as "batch" or "2*batch". Check the numbers that the shape is computed from."`,
  );
  expect(refusal(() => builder.parameter('named', ['n' as unknown as number]))).toMatchInlineSnapshot(
    `"engine/wrong-dimension: HERE: "named" cannot have the shape [n]; expected whole lengths from 0; those of inputs may be names or products such as "batch" or "2*batch". Check the numbers that the shape is computed from."`,
  );
  const constant = (): unknown => builder.constant({ type: 'int32', shape: [3] }, Float32Array.of(1, 2));
  expect(refusal(constant, 'builder.constant')).toMatchInlineSnapshot(
    `"engine/wrong-constant: HERE: the numbers of a constant are not what its type says; expected int32[3] of 3 numbers; found Float32Array of 2. Give float32 constants in a Float32Array or Float64Array, int32 ones in an Int32Array."`,
  );
});

test('lengths that nothing tells', () => {
  const column = builder.parameter('column', [1, 2]);
  const grown = expand(column, ['rows', 2]);
  expect(refusal(() => graphOf({ grown }), "expand(column, ['rows', 2])")).toMatchInlineSnapshot(
    `"engine/unknown-length: HERE: nothing tells the length "rows" of %5 float32[rows, 2]; expected an input with an axis of length "rows" that the outputs depend on; found axes of length known only. Use the names of the inputs, or make what has this length depend on such an input."`,
  );
});

test('a loss that does not depend on a parameter', () => {
  const own = new GraphBuilder();
  const used = own.parameter('used', [2]);
  own.parameter('forgotten', [2, 3]);
  expect(refusal(() => trainingGraph(own, sum(used, [0])))).toMatchInlineSnapshot(
    `"engine/unused-parameter: the loss does not depend on parameter "forgotten"; found float32[2, 3]. Use the parameter, or leave it out of the graph."`,
  );
});

test('what has no derivative', () => {
  expect(refusal(() => gradients(greaterOrEqual(x, x), [x]), 'greaterOrEqual(x, x)')).toMatchInlineSnapshot(
    `"engine/not-differentiable: HERE: %6 has no gradients; expected a value of float32; found bool[batch, 64]. Differentiate a loss of type float32."`,
  );
  const one = builder.constant({ type: 'float32', shape: [64] }, new Float32Array(64).fill(1));
  const [, average] = layerNorm(x, one, one).graph.apply('layerNorm', [x, one, one], { epsilon: 1e-5 });
  const second = (): unknown => gradients(sum(average!, [0, 1]), [x]);
  expect(refusal(second, 'layerNorm(x, one, one)')).toMatchInlineSnapshot(
    `"engine/not-differentiable: HERE: the loss depends on output 1 of layerNorm("x" float32[batch, 64], %7 float32[64], %7 float32[64]), which has a derivative for output 0 only. Compute the value you need from output 0 or from the inputs."`,
  );
  expect(refusal(() => gradients(gather(x, ids), [x]), 'gather(x, ids)')).toMatchInlineSnapshot(
    `"engine/not-differentiable: HERE: gather("x" float32[batch, 64], "ids" int32[batch]) can be computed but not differentiated; expected a table with a known number of rows; found float32[batch, 64]. Look at the types of the inputs where this node is built."`,
  );
});

test('a graph that no ONNX file can hold, before its numbers are made', () => {
  const own = new GraphBuilder();
  const q = own.input('q', { type: 'float32', shape: [1, 1, 60_000, 8] });
  const graph = graphOf({ y: attention(q, q, q, { scale: 1, causal: true }) });
  const before = process.memoryUsage().arrayBuffers;
  expect(refusal(() => writeGraph(graph))).toMatchInlineSnapshot(
    `"engine/too-large: the constants and weights of a graph do not fit into one ONNX file; expected at most 2130706432 bytes; found at least 2700000000 bytes. Use a smaller network or a shorter context, or keep the weights in a file beside the graph."`,
  );
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 ** 31);
});
