import { expect, test } from 'vitest';
import { add, expand, gemm, multiply, reshape, sum, tanh } from './functions.ts';
import { GraphBuilder } from './graph-builder.ts';
import { graphCost } from './graph-cost.ts';
import { graphOf } from './graph.ts';

const ROWS = 10;

function layer(): { builder: GraphBuilder; y: ReturnType<typeof gemm> } {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: ['rows', 3] });
  return { builder, y: gemm(x, builder.parameter('weight', [3, 5]), builder.parameter('bias', [5])) };
}

test('parameters, bytes and operations are counted from shapes', () => {
  const { y } = layer();
  const cost = graphCost(graphOf({ y: tanh(y) }), { rows: ROWS });
  expect(cost).toEqual({
    parameters: 20,
    parameterBytes: 80,
    constantBytes: 0,
    flops: 2 * 3 * 5 * ROWS + 5 * ROWS,
    // x, y and tanh y are there at the same time.
    activationBytes: 4 * ROWS * (3 + 5 + 5),
  });
});

test('what is used no more takes no memory, and what is kept does', () => {
  const { y } = layer();
  const chain = tanh(tanh(tanh(y)));
  const bytes = (outputs: Parameters<typeof graphOf>[0]): number =>
    graphCost(graphOf(outputs), { rows: ROWS }).activationBytes;
  expect(bytes({ chain })).toBe(4 * ROWS * (3 + 5 + 5));
  expect(bytes({ chain, y })).toBe(4 * ROWS * (3 + 5 + 5 + 5));
});

test('another shape of the same numbers, and repetition that the next operator does itself, take no memory', () => {
  const { builder, y } = layer();
  const row = builder.input('row', { type: 'float32', shape: [1, 5] });
  const flat = reshape(y, ['5*rows']);
  const bytes = (output: typeof y): number => graphCost(graphOf({ output }), { rows: ROWS }).activationBytes;
  expect(bytes(tanh(flat))).toBe(bytes(tanh(y)));
  expect(bytes(add(y, expand(row, ['rows', 5])))).toBe(bytes(add(y, row)));
});

test('conditions take a byte, constants what they hold', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: [8] });
  const table = builder.constant({ type: 'float32', shape: [8] }, new Float32Array(8));
  const { constantBytes, activationBytes } = graphCost(
    graphOf({ condition: builder.apply('greaterOrEqual', [x, table], {})[0]! }),
    {},
  );
  expect([constantBytes, activationBytes]).toEqual([32, 32 + 8]);
});

test('a large graph costs what its shapes say, without being made', () => {
  const builder = new GraphBuilder();
  const x = builder.input('x', { type: 'float32', shape: ['rows', 2 ** 20] });
  const y = gemm(x, builder.parameter('weight', [2 ** 20, 2 ** 20]));
  const { parameters, flops } = graphCost(graphOf({ y: sum(multiply(y, y), [0, 1]) }), { rows: 2 });
  expect(parameters).toBe(2 ** 40);
  expect(flops).toBe(2 ** 42 + 2 ** 21 + 2 ** 21);
  expect(() => graphCost(graphOf({ y }), {})).toThrow('no length for dimension "rows"');
});
