import { gradients } from '../../src/engine/autodiff/gradients.ts';
import { cast, multiply, reshape, sum } from '../../src/engine/graph/functions.ts';
import { GraphBuilder } from '../../src/engine/graph/graph-builder.ts';
import { type Graph, graphOf } from '../../src/engine/graph/graph.ts';
import type { NdArray } from '../../src/engine/graph/nd-array.ts';
import type { Value } from '../../src/engine/graph/value.ts';
import type { GoldenCase, GoldenTensor } from './read-operator-goldens.ts';

/** A golden as a graph, with what goes in and must come out. */
export interface GoldenGraph {
  readonly graph: Graph;
  readonly feeds: Record<string, NdArray>;
  readonly expected: Record<string, NdArray>;
  /** The sum of the first output times its gradient, and what it is differentiated by; null where nothing can be. */
  readonly derivative: { readonly loss: Value; readonly by: ReadonlyMap<string, Value> } | null;
}

/** The graph of a golden's outputs `y0`, `y1`, … and gradients by its inputs `dx0`, `dx1`, … */
export function goldenGraph(
  golden: GoldenCase,
  build: (inputs: readonly Value[], builder: GraphBuilder) => readonly Value[],
): GoldenGraph {
  const builder = new GraphBuilder();
  const feeds: Record<string, NdArray> = {};
  const given = golden.inputs.map((input, index) => {
    feeds[`x${index}`] = input;
    return declared(builder, `x${index}`, input);
  });
  const found: Record<string, Value> = {};
  const expected: Record<string, NdArray> = {};
  const ys = build(given, builder);
  for (const [index, output] of golden.outputs.entries()) {
    found[`y${index}`] = ys[index]!;
    expected[`y${index}`] = output;
  }
  if (golden.outputGradient === null) return { graph: graphOf(found), feeds, expected, derivative: null };
  feeds['dy'] = golden.outputGradient;
  const weighted = multiply(ys[0]!, declared(builder, 'dy', golden.outputGradient));
  const loss = reshape(sum(weighted, [...weighted.shape.keys()]), []);
  const trained = golden.gradients.flatMap((gradient, index) => (gradient === null ? [] : [index]));
  const by = new Map(trained.map((index) => [`x${index}`, given[index]!]));
  for (const [at, dx] of gradients(loss, [...by.values()]).entries()) {
    found[`dx${trained[at]!}`] = dx!;
    expected[`dx${trained[at]!}`] = golden.gradients[trained[at]!]!;
  }
  return { graph: graphOf(found), feeds, expected, derivative: { loss, by } };
}

/** Conditions exist only inside a graph: they come in as integers. */
function declared(builder: GraphBuilder, name: string, { type, shape }: GoldenTensor): Value {
  const value = builder.input(name, { type: type === 'bool' ? 'int32' : type, shape });
  return type === 'bool' ? cast(value, 'bool') : value;
}
