import { HomegrownError, messageOf } from '../../../errors/homegrown-error.ts';
import { lengthOf } from '../../graph/dimension.ts';
import { builtWhere, describeNode, dimensionLengths } from '../../graph/graph-builder.ts';
import type { Graph } from '../../graph/graph.ts';
import type { NdArray } from '../../graph/nd-array.ts';
import { OPERATORS } from '../../graph/operator-table.ts';
import type { Operator } from '../../graph/operator.ts';
import type { Value } from '../../graph/value.ts';

/** Computes a graph's outputs in float64 by the definitions of its operators. Inputs and parameters are given by name. */
export function evaluateGraph(
  graph: Graph,
  feeds: Readonly<Record<string, NdArray>>,
): Record<string, NdArray> {
  const lengths = dimensionLengths(graph.inputs, (name) => feeds[name]?.shape);
  const shapeOf = ({ shape }: Value): number[] => shape.map((dimension) => lengthOf(dimension, lengths));
  const values = new Map<Value, NdArray>();
  for (const value of [...graph.inputs, ...graph.parameters])
    values.set(value, fed(value, feeds, shapeOf(value)));
  for (const value of graph.constants)
    if (value.origin.kind === 'constant')
      values.set(value, { shape: shapeOf(value), data: Float64Array.from(value.origin.data) });
  for (const node of graph.nodes) {
    const { evaluate } = OPERATORS[node.operator] as Operator<unknown>;
    const inputs = node.inputs.map((input) => values.get(input)!);
    try {
      const results = evaluate(inputs, { attributes: node.attributes, shapes: node.outputs.map(shapeOf) });
      for (const [index, output] of node.outputs.entries()) values.set(output, results[index]!);
    } catch (cause) {
      if (cause instanceof RangeError) throw badIndex(node, cause);
      throw cause;
    }
  }
  return Object.fromEntries(Object.entries(graph.outputs).map(([name, value]) => [name, values.get(value)!]));
}

function fed({ origin }: Value, feeds: Readonly<Record<string, NdArray>>, shape: number[]): NdArray {
  const name = origin.kind === 'input' || origin.kind === 'parameter' ? origin.name : '';
  const given = feeds[name];
  if (given !== undefined && String(given.shape) === String(shape)) return given;
  throw new HomegrownError({
    code: 'engine/wrong-shape',
    message: `"${name}" does not have the shape that the graph was built for`,
    expected: `[${shape.join(', ')}]`,
    found: given === undefined ? 'nothing' : `[${given.shape.join(', ')}]`,
    hint: 'Give every input and parameter, with the shape it was declared with.',
  });
}

function badIndex(node: Graph['nodes'][number], cause: RangeError): HomegrownError {
  return new HomegrownError({
    code: 'engine/index-out-of-range',
    message: `${describeNode(node)}: ${messageOf(cause)}`,
    where: builtWhere(node),
    hint: 'Check the ids against the number of rows.',
    cause,
  });
}
