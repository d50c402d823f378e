import { broadcastShapes } from '../graph/tensor-type.ts';
import type { Node, Value } from '../graph/value.ts';

const BROADCASTING: ReadonlySet<string> = new Set([
  'add',
  'subtract',
  'multiply',
  'divide',
  'greaterOrEqual',
  'where',
]);

/** Elementwise operators repeat short axes themselves: their inputs need no expansion where the result's shape stays the same. */
export function withoutExpands(nodes: readonly Node[]): readonly Node[] {
  return nodes.map((node) => {
    if (!BROADCASTING.has(node.operator)) return node;
    const inputs = [...node.inputs];
    for (const [index, input] of inputs.entries()) {
      const short = beforeExpand(input);
      if (short === null) continue;
      const shapes = inputs.map((other, at) => (at === index ? short : other).shape);
      const shape = shapes.reduce((a, b) => (a === null ? null : broadcastShapes(a, b)) ?? []);
      if (String(shape) === String(node.outputs[0]!.shape)) inputs[index] = short;
    }
    return { ...node, inputs };
  });
}

function beforeExpand({ origin }: Value): Value | null {
  return origin.kind === 'node' && origin.node.operator === 'expand' ? origin.node.inputs[0]! : null;
}
