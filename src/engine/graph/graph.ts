import type { DropoutMask, GraphBuilder } from './graph-builder.ts';
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
  const order = new Set<Value>();
  const nodes = new Set<Node>();
  for (const output of Object.values(outputs)) visit(output, order, nodes);
  const of = (kind: Value['origin']['kind']): Value[] =>
    [...order].filter(({ origin }) => origin.kind === kind).toSorted((a, b) => a.id - b.id);
  const builder = Object.values(outputs)[0]!.graph as GraphBuilder;
  return Object.freeze({
    inputs: of('input'),
    parameters: of('parameter'),
    dropoutMasks: builder.dropoutMasks.filter(({ value }) => order.has(value)),
    constants: of('constant'),
    nodes: [...nodes],
    outputs: Object.freeze({ ...outputs }),
  });
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
