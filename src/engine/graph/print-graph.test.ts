import { expect, test } from 'vitest';
import { gradients } from '../autodiff/gradients.ts';
import { add, gemm, layerNorm, mean, scaled, sum, tanh } from './functions.ts';
import { GraphBuilder } from './graph-builder.ts';
import { graphOf } from './graph.ts';
import { printGraph } from './print-graph.ts';

test('a graph is printed with a line for each node', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: ['batch', 3] });
  const weight = builder.parameter('layers.0.weight', [2, 3]);
  const bias = builder.constant({ type: 'float32', shape: [2] }, Float32Array.of(0.5, -1));
  const ones = builder.constant({ type: 'float32', shape: [2] }, Float32Array.of(1, 1));
  const y = layerNorm(tanh(gemm(x, weight, bias, { transposeB: true })), ones, bias);
  const table = builder.constant({ type: 'float32', shape: [9] }, new Float32Array(9));
  const outputs = { y: scaled(add(y, mean(table, [0])), 0.25), x };
  expect(printGraph(graphOf(outputs))).toMatchInlineSnapshot(`
    "input "x" float32[batch, 3]
    parameter "layers.0.weight" float32[2, 3]
    %2 float32[2] = 0.5, -1
    %3 float32[2] = 1, 1
    %9 float32[9] = 0, 0, 0, 0, 0, 0, 0, 0, …
    %4 float32[batch, 2] = gemm("x", "layers.0.weight", %2, transposeA: false, transposeB: true)
    %5 float32[batch, 2] = tanh(%4)
    %6 float32[batch, 2], %7 float32[batch, 1], %8 float32[batch, 1] = layerNorm(%5, %3, %2, epsilon: 0.00001)
    %10 float32[1] = mean(%9, axes: [0])
    %11 float32[batch, 2] = add(%6, %10)
    %13 float32[batch, 2] = multiply(%11, 0.25)
    output "y" = %13
    output "x" = "x""
  `);
});

test('a gradient is printed as the graph it is', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: ['batch', 2] });
  const w = builder.parameter('w', [2, 1]);
  const loss = sum(tanh(gemm(x, w)), [0, 1]);
  expect(printGraph(graphOf({ loss, dw: gradients(loss, [w])[0]! }))).toMatchInlineSnapshot(`
    "input "x" float32[batch, 2]
    parameter "w" float32[2, 1]
    %2 float32[batch, 1] = gemm("x", "w", transposeA: false, transposeB: false)
    %3 float32[batch, 1] = tanh(%2)
    %4 float32[1, 1] = sum(%3, axes: [0, 1])
    %6 float32[1, 1] = expand(1, shape: [1, 1])
    %7 float32[batch, 1] = expand(%6, shape: [batch, 1])
    %8 float32[batch, 1] = multiply(%3, %3)
    %9 float32[batch, 1] = subtract(1, %8)
    %10 float32[batch, 1] = multiply(%7, %9)
    %11 float32[2, 1] = gemm("x", %10, transposeA: true, transposeB: false)
    output "loss" = %4
    output "dw" = %11"
  `);
});
