import { describe, expect, test } from 'vitest';
import { largestDifference } from '../../../test/support/largest-difference.ts';
import { runOnOrt } from '../../../test/support/run-on-ort.ts';
import { add, expand, gemm, multiply, place, sum, where, greaterOrEqual } from '../graph/functions.ts';
import { GraphBuilder } from '../graph/graph-builder.ts';
import { graphOf } from '../graph/graph.ts';
import { type NdArray, ndArray } from '../graph/nd-array.ts';
import type { Value } from '../graph/value.ts';
import { evaluateGraph } from '../runtime/reference/evaluate-graph.ts';
import { inputSpec } from '../runtime/check-feeds.ts';
import { writeGraph } from './graph-writer.ts';

const TOLERANCE = 2e-6;

/** How often an ONNX operator is in a graph's file. */
function count(outputs: Record<string, Value>, operator: string): number {
  const file = Buffer.from(writeGraph(graphOf(outputs))).toString('latin1');
  return file.split(`"${String.fromCharCode(operator.length)}${operator}`).length - 1;
}

/** Computes outputs in both runtimes; all named lengths are 4, ids 0 and 1. */
async function expectSame(outputs: Record<string, Value>): Promise<void> {
  const graph = graphOf(outputs);
  const feeds: Record<string, NdArray> = {};
  for (const value of [...graph.inputs, ...graph.parameters]) {
    const { name, type, shape } = inputSpec(value);
    const known = shape.map((length) => (typeof length === 'string' ? 4 : length));
    feeds[name] = ndArray(known, (at) => (type === 'int32' ? at % 2 : Math.fround(Math.sin(3 * at + 1))));
  }
  const expected = evaluateGraph(graph, feeds);
  const found = await runOnOrt(graph, feeds);
  for (const [name, value] of Object.entries(expected))
    expect(largestDifference(found[name]!, value), name).toBeLessThan(TOLERANCE);
}

const builder = new GraphBuilder();
const x = builder.input('x', { type: 'float32', shape: ['rows', 3] });
const bias = builder.parameter('bias', [2]);
const product = gemm(x, builder.parameter('weight', [3, 2]));
const other = builder.input('other', { type: 'float32', shape: ['rows', 2] });
const column = builder.input('column', { type: 'float32', shape: ['rows', 1] });
const ids = builder.input('ids', { type: 'int32', shape: ['rows'] });

describe('what is added to a matrix product', () => {
  test('is added by the product, from either side', async () => {
    for (const y of [add(product, other), add(other, product)]) {
      expect(count({ y }, 'Add')).toBe(0);
      await expectSame({ y });
    }
  });

  test('is added afterwards where the product is needed by itself, or the other is repeated', async () => {
    for (const outputs of [
      { y: add(product, other), product },
      { y: add(product, product) },
      { y: add(product, bias) },
      { y: multiply(add(product, other), product) },
    ]) {
      expect(count(outputs, 'Gemm')).toBe(1);
      await expectSame(outputs);
    }
  });

  test('may be a second product', async () => {
    await expectSame({ y: add(product, gemm(other, builder.parameter('square', [2, 2]))) });
  });
});

describe('what is placed into rows and added', () => {
  test('is added where it belongs', async () => {
    const y = add(other, place(column, ids, 2));
    expect(count({ y }, 'Add')).toBe(0);
    await expectSame({ y });
  });

  test('may be several, of which one is needed by itself', async () => {
    const placed = place(column, ids, 2);
    const second = place(sum(x, [1]), ids, 2);
    await expectSame({ y: add(placed, second) });
    await expectSame({ y: add(placed, second), placed });
    await expectSame({ y: add(placed, second), second });
    await expectSame({ y: add(placed, placed) });
  });
});

test('repetition is left to the operator that follows, where the shape stays the same', async () => {
  const wide = expand(column, ['rows', 2]);
  for (const y of [
    add(other, wide),
    add(wide, bias),
    multiply(wide, expand(bias, ['rows', 2])),
    where(greaterOrEqual(other, wide), wide, other),
  ])
    await expectSame({ y });
  await expectSame({ y: add(wide, wide), wide });
});
