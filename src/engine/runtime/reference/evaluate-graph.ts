import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import { lengthOf } from '../../graph/dimension.ts';
import { builtWhere, describeNode } from '../../graph/graph-builder.ts';
import type { Graph } from '../../graph/graph.ts';
import type { NdArray } from '../../graph/nd-array.ts';
import { OPERATORS } from '../../graph/operator-table.ts';
import type { Operator } from '../../graph/operator.ts';
import type { Node, Value } from '../../graph/value.ts';
import { checkedLengths, type Feed, feedRules, inputSpec } from '../check-feeds.ts';

/** Computes a graph's outputs in float64 by the definitions of its operators. Inputs and parameters are given by name. */
export function evaluateGraph(graph: Graph, feeds: Readonly<Record<string, Feed>>): Record<string, NdArray> {
  const given = [...graph.inputs, ...graph.parameters];
  const lengths = checkedLengths(feedRules(graph, given), feeds);
  const shapeOf = ({ shape }: Value): number[] => shape.map((dimension) => lengthOf(dimension, lengths));
  const values = new Map<Value, NdArray>();
  for (const value of given) values.set(value, inFloat64(feeds[inputSpec(value).name]!));
  for (const value of graph.constants)
    if (value.origin.kind === 'constant')
      values.set(value, inFloat64({ shape: shapeOf(value), data: value.origin.data }));
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => values.get(input)!);
    const results = evaluateNode(node, inputs, node.outputs.map(shapeOf));
    for (const [index, output] of node.outputs.entries()) values.set(output, results[index]!);
  }
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, values.get(value)!]));
}

function evaluateNode(
  node: Node,
  inputs: readonly NdArray[],
  shapes: readonly (readonly number[])[],
): readonly NdArray[] {
  const { evaluate } = OPERATORS[node.operator] as Operator<unknown>;
  try {
    return evaluate(inputs, { attributes: node.attributes, shapes });
  } catch (cause) {
    if (cause instanceof RangeError) throw badIndex(node, cause);
    throw cause;
  }
}

function inFloat64({ shape, data }: Feed): NdArray {
  return { shape, data: data instanceof Float64Array ? data : Float64Array.from(data) };
}

function badIndex(node: Node, cause: RangeError): HomegrownError {
  return new HomegrownError({
    code: 'engine/index-out-of-range',
    message: `${describeNode(node)}: ${messageOf(cause)}`,
    where: builtWhere(node),
    hint: 'Check the ids against the number of rows.',
    cause,
  });
}
