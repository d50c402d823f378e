import { HomegrownError } from '../../errors/homegrown-error.ts';
import { namesOf } from './dimension.ts';
import {
  builtWhere,
  describeValue,
  type DropoutMask,
  type GraphBuilder,
  nameTaken,
  unusableName,
} from './graph-builder.ts';
import { formatType } from './tensor-type.ts';
import type { Node, Value } from './value.ts';

/** What is computed: named outputs and all they depend on, in an order in which it can be computed. */
export interface Graph {
  readonly inputs: readonly Value[];
  readonly parameters: readonly Value[];
  readonly dropoutMasks: readonly DropoutMask[];
  readonly constants: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, Value>>;
}

/** The graph of some outputs of a builder; what they do not depend on is left out. */
export function graphOf(outputs: Readonly<Record<string, Value>>): Graph {
  checkOutputs(outputs);
  const order = new Set<Value>();
  const nodes = new Set<Node>();
  for (const output of Object.values(outputs)) visit(output, order, nodes);
  const of = (kind: Value['origin']['kind']): Value[] =>
    [...order].filter(({ origin }) => origin.kind === kind).toSorted((a, b) => a.id - b.id);
  const builder = Object.values(outputs)[0]!.graph as GraphBuilder;
  checkLengths(order);
  return Object.freeze({
    inputs: of('input'),
    parameters: of('parameter'),
    dropoutMasks: builder.dropoutMasks.filter(({ value }) => order.has(value)),
    constants: of('constant'),
    nodes: [...nodes],
    outputs: Object.freeze({ ...outputs }),
  });
}

function checkOutputs(outputs: Readonly<Record<string, Value>>): void {
  const values = Object.values(outputs);
  const { inputs, parameters } = values[0]!.graph as GraphBuilder;
  for (const [name, value] of Object.entries(outputs)) {
    if (name === '' || name.startsWith('%')) throw unusableName(name);
    const taken = inputs.get(name) ?? parameters.get(name);
    if (taken !== undefined && taken !== value) throw nameTaken(name);
    if (value.graph === values[0]!.graph) continue;
    throw new HomegrownError({
      code: 'engine/foreign-value',
      message: `output "${name}" is ${describeValue(value)} of another graph than "${Object.keys(outputs)[0]!}"`,
      hint: 'Build all values of one graph with one GraphBuilder.',
    });
  }
}

/** Every named length is that of an input's axis: at run time nothing else tells it. */
function checkLengths(values: ReadonlySet<Value>): void {
  const known = new Set([...values].flatMap(({ origin, shape }) => (origin.kind === 'input' ? shape : [])));
  for (const value of values) {
    const name = value.shape.flatMap(namesOf).find((length) => !known.has(length));
    if (name === undefined) continue;
    const { origin } = value;
    throw new HomegrownError({
      code: 'engine/unknown-length',
      message: `nothing tells the length "${name}" of ${describeValue(value)} ${formatType(value)}`,
      where: origin.kind === 'node' ? builtWhere(origin.node) : undefined,
      expected: `an input with an axis of length "${name}" that the outputs depend on`,
      found: `axes of length ${[...known].filter((length) => typeof length === 'string').join(', ') || 'known only'}`,
      hint: 'Use the names of the inputs, or make what has this length depend on such an input.',
    });
  }
}

/** Depth first with a stack of its own: graphs are deeper than JavaScript's. */
function visit(root: Value, seen: Set<Value>, nodes: Set<Node>): void {
  const stack: (Value | Node)[] = [root];
  while (stack.length > 0) {
    const top = stack.pop()!;
    if ('operator' in top) {
      nodes.add(top);
      continue;
    }
    if (seen.has(top)) continue;
    seen.add(top);
    if (top.origin.kind !== 'node') continue;
    const { node } = top.origin;
    if (nodes.has(node)) continue;
    stack.push(node);
    for (const input of node.inputs.toReversed()) if (!seen.has(input)) stack.push(input);
  }
}
