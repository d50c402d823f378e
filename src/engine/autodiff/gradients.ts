import { HomegrownError } from '../../errors/homegrown-error.ts';
import { add } from '../graph/functions.ts';
import { builtWhere, describeNode, describeValue } from '../graph/graph-builder.ts';
import { graphOf } from '../graph/graph.ts';
import { OPERATORS } from '../graph/operator-table.ts';
import { type Operator, TypeProblem } from '../graph/operator.ts';
import { formatShape, formatType } from '../graph/tensor-type.ts';
import type { Node, Value } from '../graph/value.ts';

/**
 * Gradients of a value by others (reverse accumulation): nodes of the same graph, one for each of `by`, null for those it does not
 * depend on. A value that is no single number is summed up.
 */
export function gradients(of: Value, by: readonly Value[]): (Value | null)[] {
  if (of.type !== 'float32') throw notANumber(of);
  const { nodes } = graphOf({ of });
  const reached = dependents(nodes, by);
  const one = of.graph.constant({ type: 'float32', shape: [] }, Float32Array.of(1));
  const seed = of.shape.length === 0 ? one : of.graph.apply('expand', [one], { shape: of.shape })[0]!;
  const adjoints = new Map<Value, Value>([[of, seed]]);
  for (const node of nodes.toReversed()) {
    const dys = node.outputs.map((output) => adjoints.get(output) ?? null);
    if (dys.every((dy) => dy === null) || !node.outputs.some((output) => reached.has(output))) continue;
    for (const [index, dx] of inputGradients(node, dys, reached).entries())
      if (dx !== null) accumulate(adjoints, node, node.inputs[index]!, dx);
  }
  return by.map((value) => adjoints.get(value) ?? null);
}

/** Values that depend on one of `by`, and those themselves. */
function dependents(nodes: readonly Node[], by: readonly Value[]): Set<Value> {
  const reached = new Set(by);
  for (const { inputs, outputs } of nodes)
    if (inputs.some((input) => reached.has(input))) for (const output of outputs) reached.add(output);
  return reached;
}

function inputGradients(
  node: Node,
  dys: readonly (Value | null)[],
  reached: ReadonlySet<Value>,
): readonly (Value | null)[] {
  const { gradient } = OPERATORS[node.operator] as Operator<unknown>;
  const { inputs, outputs, attributes } = node;
  if (gradient === null) return inputs.map(() => null);
  const other = dys.findIndex((dy, output) => output > 0 && dy !== null);
  if (other > 0) throw notDifferentiable(node, other);
  const needs = (input: number): boolean => reached.has(inputs[input]!);
  try {
    const dxs = gradient({ inputs, outputs, dys, attributes, needs });
    return dxs.map((dx, index) => (needs(index) ? dx : null));
  } catch (cause) {
    throw cause instanceof TypeProblem ? unfitForRule(node, cause) : cause;
  }
}

function accumulate(adjoints: Map<Value, Value>, node: Node, input: Value, dx: Value): void {
  if (formatShape(dx.shape) !== formatShape(input.shape)) throw wrongRule(node, input, dx);
  const known = adjoints.get(input);
  adjoints.set(input, known === undefined ? dx : add(known, dx));
}

function notANumber(of: Value): HomegrownError {
  return new HomegrownError({
    code: 'engine/not-differentiable',
    message: `${describeValue(of)} has no gradients`,
    expected: 'a value of float32',
    found: formatType(of),
    ...(of.origin.kind === 'node' && { where: builtWhere(of.origin.node) }),
    hint: 'Differentiate a loss of type float32.',
  });
}

function notDifferentiable(node: Node, output: number): HomegrownError {
  return new HomegrownError({
    code: 'engine/not-differentiable',
    message: `the loss depends on output ${output} of ${describeNode(node)}, which has a derivative for output 0 only`,
    where: builtWhere(node),
    hint: 'Compute the value you need from output 0 or from the inputs.',
  });
}

function unfitForRule(node: Node, cause: TypeProblem): HomegrownError {
  return new HomegrownError({
    code: 'engine/not-differentiable',
    message: `${describeNode(node)} can be computed but not differentiated`,
    where: builtWhere(node),
    expected: cause.expected,
    found: cause.found,
    hint: 'Look at the types of the inputs where this node is built.',
    cause,
  });
}

function wrongRule(node: Node, input: Value, dx: Value): HomegrownError {
  return new HomegrownError({
    code: 'engine/wrong-rule',
    message: `the differentiation rule of ${describeNode(node)} gives a gradient of the wrong shape`,
    where: builtWhere(node),
    expected: formatType(input),
    found: formatType(dx),
    hint: 'Mend the `gradient` of the operator.',
  });
}
