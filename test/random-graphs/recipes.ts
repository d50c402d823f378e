import type { Dimension } from '../../src/engine/graph/dimension.ts';
import * as f from '../../src/engine/graph/functions.ts';
import type { OperatorName } from '../../src/engine/graph/operator-attributes.ts';
import type { Shape } from '../../src/engine/graph/tensor-type.ts';
import type { Value } from '../../src/engine/graph/value.ts';
import type { RandomGraph } from './random-graph.ts';

/** Applies one operator to values of a graph; null where none fits. */
export type Recipe = (graph: RandomGraph) => Value | null;

function unary(apply: (x: Value) => Value): Recipe {
  return (graph) => apply(graph.pick()!);
}

/** For functions of numbers above 0. */
function ofPositive(apply: (x: Value) => Value): Recipe {
  return (graph) => apply(positive(graph.pick()!));
}

function positive(x: Value): Value {
  return f.shifted(f.multiply(x, x), 0.5);
}

function binary(apply: (a: Value, b: Value) => Value): Recipe {
  return (graph) => {
    const [a, b] = pair(graph);
    return graph.chance(0.5) ? apply(a, b) : apply(b, a);
  };
}

/** Two values that broadcast: the second is known already or new, often with axes of length 1 or without the first ones. */
function pair(graph: RandomGraph): [Value, Value] {
  const a = graph.pick()!;
  if (graph.chance(0.5)) return [a, graph.pick()!];
  return [a, graph.leaf(broadcastable(graph, a.shape))];
}

function broadcastable(graph: RandomGraph, shape: Shape): Shape {
  const from = graph.chance(0.3) ? graph.random.integer(shape.length + 1) : 0;
  return shape.slice(from).map((length) => (graph.chance(0.3) ? 1 : length));
}

function ofRank(graph: RandomGraph, rank: number): Value | null {
  return graph.pick(({ shape }) => shape.length === rank);
}

function withAxes(graph: RandomGraph, least: number): Value | null {
  return graph.pick(({ shape }) => shape.length >= least);
}

function axesOf(graph: RandomGraph, x: Value): number[] {
  return [...x.shape.keys()].filter(() => graph.chance(0.5));
}

function matmul(graph: RandomGraph): Value | null {
  const a = withAxes(graph, 2);
  if (a === null) return null;
  const [transposeA, transposeB] = [graph.chance(0.3), graph.chance(0.3)];
  const k = a.shape.at(transposeA ? -2 : -1)!;
  const n = 1 + graph.random.integer(3);
  const batch = broadcastable(graph, a.shape.slice(0, -2));
  const b = graph.chance(0.2) ? a : graph.leaf([...batch, ...(transposeB ? [n, k] : [k, n])]);
  return f.matmul(a, b, { transposeA, transposeB, scale: graph.chance(0.5) ? 1 : 0.5 });
}

function gemm(graph: RandomGraph): Value | null {
  const a = ofRank(graph, 2);
  if (a === null) return null;
  const [transposeA, transposeB] = [graph.chance(0.3), graph.chance(0.3)];
  const [m, k] = transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const n = 1 + graph.random.integer(3);
  const b = graph.leaf(transposeB ? [n, k] : [k, n]);
  const product = f.gemm(a, b, graph.chance(0.5) ? graph.leaf(broadcastable(graph, [m, n])) : null, {
    transposeA,
    transposeB,
  });
  return graph.chance(0.3) ? f.add(product, graph.leaf([m, n])) : product;
}

function attention(graph: RandomGraph): Value | null {
  const x = graph.pick(({ shape }) => shape.length >= 2)!;
  if (x === null) return null;
  const q = f.reshape(x, [...Array.from({ length: 4 - x.shape.length }, () => 1), ...x.shape]);
  const [batch, heads, time, size] = q.shape as [Dimension, Dimension, Dimension, Dimension];
  const causal = graph.chance(0.4);
  const keys = causal ? time : graph.chance(0.5) ? 1 + graph.random.integer(3) : time;
  const k = graph.leaf([batch, heads, keys, size]);
  const v = graph.leaf([batch, heads, keys, graph.chance(0.5) ? size : 2]);
  const mask = graph.chance(0.4) ? graph.leaf(broadcastable(graph, [batch, heads, time, keys])) : undefined;
  return f.attention(q, k, v, { scale: 0.7, causal, ...(mask !== undefined && { mask }) });
}

function rotary(graph: RandomGraph): Value | null {
  const x = graph.pick(({ shape }) => shape.length >= 2 && Number(shape.at(-1)) % 2 === 0);
  if (x === null) return null;
  const table: Shape = [x.shape.at(-2)!, Number(x.shape.at(-1)) / 2];
  return f.rotary(x, graph.leaf(table), graph.leaf(table));
}

function where(graph: RandomGraph): Value {
  const [a, b] = pair(graph);
  const [left, right] = pair(graph);
  return f.where(f.greaterOrEqual(left, right), a, b);
}

function crossEntropy(graph: RandomGraph): Value | null {
  const x = ofRank(graph, 2);
  if (x === null || typeof x.shape[1] === 'string') return null;
  const labels = graph.ids([x.shape[0]!], Number(x.shape[1]), -1);
  return f.crossEntropy(x, labels, graph.chance(0.5) ? 0.2 : 0);
}

function layerNorm(graph: RandomGraph): Value | null {
  const x = withAxes(graph, 1);
  if (x === null) return null;
  const width = [x.shape.at(-1)!];
  return f.layerNorm(x, graph.leaf(width), graph.leaf(width), 0.3);
}

function rmsNorm(graph: RandomGraph): Value | null {
  const x = withAxes(graph, 1);
  return x === null ? null : f.rmsNorm(x, graph.leaf([x.shape.at(-1)!]), 0.3);
}

function reshape(graph: RandomGraph): Value {
  const x = graph.pick()!;
  const lengths = x.shape.filter((length) => length !== 1);
  if (graph.chance(0.5)) lengths.splice(graph.random.integer(lengths.length + 1), 0, 1);
  return f.reshape(x, graph.chance(0.5) ? lengths.toReversed() : lengths);
}

function transpose(graph: RandomGraph): Value {
  const x = graph.pick()!;
  const axes = [...x.shape.keys()];
  const by = graph.random.integer(axes.length + 1);
  return f.transpose(x, [...axes.slice(by).toReversed(), ...axes.slice(0, by)]);
}

function expand(graph: RandomGraph): Value {
  const x = graph.pick()!;
  const shape = x.shape.map((length) => (length === 1 && graph.chance(0.7) ? 3 : length));
  return f.expand(x, graph.chance(0.3) && shape.length < 4 ? [2, ...shape] : shape);
}

function knownAxis(graph: RandomGraph): { x: Value; axis: number; length: number } | null {
  const x = graph.pick(({ shape }) => shape.some((length) => typeof length === 'number'));
  if (x === null) return null;
  const axes = [...x.shape.keys()].filter((axis) => typeof x.shape[axis] === 'number');
  const axis = axes[graph.random.integer(axes.length)]!;
  return { x, axis, length: Number(x.shape[axis]) };
}

function concat(graph: RandomGraph): Value | null {
  const chosen = knownAxis(graph);
  if (chosen === null) return null;
  const { x, axis } = chosen;
  const other = graph.leaf(x.shape.map((length, at) => (at === axis ? 1 + graph.random.integer(2) : length)));
  return f.concat(graph.chance(0.3) ? [x, other, x] : [other, x], axis);
}

function slice(graph: RandomGraph): Value | null {
  const chosen = knownAxis(graph);
  if (chosen === null) return null;
  const { x, axis, length } = chosen;
  const start = graph.random.integer(length);
  return f.slice(x, { axis, start, end: start + 1 + graph.random.integer(length - start) });
}

function pad(graph: RandomGraph): Value | null {
  const chosen = knownAxis(graph);
  if (chosen === null) return null;
  const { x, axis } = chosen;
  return f.pad(x, { axis, before: graph.random.integer(2), after: graph.random.integer(2) });
}

function gather(graph: RandomGraph): Value | null {
  const table = graph.pick(({ shape }) => typeof shape[0] === 'number');
  if (table === null) return null;
  const shape = graph.chance(0.5) ? [3] : [2, 2];
  return f.gather(table, graph.ids(shape, Number(table.shape[0])));
}

function scatterRows(graph: RandomGraph): Value | null {
  const values = withAxes(graph, 1);
  if (values === null) return null;
  const rows = 2 + graph.random.integer(2);
  const rank = 1 + graph.random.integer(values.shape.length);
  return f.scatterRows(graph.ids(values.shape.slice(0, rank), rows), values, rows);
}

function pickOne(graph: RandomGraph): Value | null {
  const x = graph.pick(({ shape }) => shape.length === 2 && typeof shape[1] === 'number');
  return x === null ? null : f.pick(x, graph.ids([x.shape[0]!], Number(x.shape[1])));
}

function place(graph: RandomGraph): Value | null {
  const values = graph.pick(({ shape }) => shape.length === 2 && shape[1] === 1);
  if (values === null) return null;
  const placed = f.place(values, graph.ids([values.shape[0]!], 3), 3);
  return graph.chance(0.5) ? f.add(graph.leaf(placed.shape), placed) : placed;
}

/** One recipe for each operator that has a differentiation rule. */
export const RECIPES: Partial<Record<OperatorName, Recipe>> & Record<string, Recipe> = {
  add: binary(f.add),
  subtract: binary(f.subtract),
  multiply: binary(f.multiply),
  divide: binary((a, b) => f.divide(a, positive(b))),
  negate: unary(f.negate),
  exp: unary(f.exp),
  log: ofPositive(f.log),
  squareRoot: ofPositive(f.squareRoot),
  tanh: unary(f.tanh),
  erf: unary(f.erf),
  sigmoid: unary(f.sigmoid),
  softplus: unary(f.softplus),
  relu: unary(f.relu),
  absolute: unary(f.absolute),
  gelu: (graph) => f.gelu(graph.pick()!, graph.chance(0.5) ? 'tanh' : 'none'),
  silu: unary(f.silu),
  where,
  cast: unary((x) => f.cast(x, 'float32')),
  matmul,
  gemm,
  sum: (graph) => {
    const x = graph.pick()!;
    return f.sum(x, axesOf(graph, x));
  },
  mean: (graph) => {
    const x = graph.pick()!;
    return f.mean(x, axesOf(graph, x));
  },
  softmax: (graph) => {
    const x = withAxes(graph, 1);
    return x === null ? null : f.softmax(x);
  },
  crossEntropy,
  layerNorm,
  rmsNorm,
  attention,
  rotary,
  reshape,
  transpose,
  expand,
  concat,
  slice,
  pad,
  gather,
  scatterRows,
  pick: pickOne,
  place,
};
