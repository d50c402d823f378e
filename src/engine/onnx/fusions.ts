import { formatShape } from '../graph/tensor-type.ts';
import type { OperatorAttributes } from '../graph/operator-attributes.ts';
import type { Node, Value } from '../graph/value.ts';

/** How often each value is used, as an input or as an output of the graph. */
export function usesOf(nodes: readonly Node[], outputs: readonly Value[]): ReadonlyMap<Value, number> {
  const uses = new Map<Value, number>();
  for (const value of [...outputs, ...nodes.flatMap(({ inputs }) => inputs)])
    uses.set(value, (uses.get(value) ?? 0) + 1);
  return uses;
}

/** What a node is written as instead: a matrix product that adds, or [x, values, columns] whose values are added to x where they belong. */
export type Fusion =
  | Pick<Node<'gemm'>, 'operator' | 'inputs' | 'attributes'>
  | { readonly operator: 'scatter'; readonly inputs: readonly Value[] };

/**
 * What an addition is written as when one of its inputs is used nowhere else: a matrix product that adds the other input by the way,
 * or a scatter into it. The node it swallows goes into `fused`.
 */
export function fusionOf(node: Node, uses: ReadonlyMap<Value, number>, fused: Set<Node>): Fusion | null {
  if (node.operator !== 'add') return null;
  for (const [index, input] of node.inputs.entries()) {
    const other = node.inputs[1 - index]!;
    const source = input.origin.kind === 'node' ? input.origin.node : null;
    if (source === null || uses.get(input) !== 1 || fused.has(source)) continue;
    if (formatShape(other.shape) !== formatShape(input.shape)) continue;
    if (source.operator === 'gemm' && source.inputs.length === 2) {
      fused.add(source);
      const attributes = source.attributes as OperatorAttributes['gemm'];
      return { operator: 'gemm', inputs: [...source.inputs, other], attributes };
    }
    if (source.operator === 'place') {
      fused.add(source);
      return { operator: 'scatter', inputs: [other, ...source.inputs] };
    }
  }
  return null;
}
