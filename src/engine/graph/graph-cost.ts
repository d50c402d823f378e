import { withoutExpands } from '../onnx/expand-elimination.ts';
import { lengthOf, product } from './dimension.ts';
import type { Graph } from './graph.ts';
import type { OperatorName } from './operator-attributes.ts';
import { OPERATORS } from './operator-table.ts';
import type { Operator } from './operator.ts';
import { type ElementType, sizeOf, type TensorType } from './tensor-type.ts';
import type { Node, Value } from './value.ts';

/** Lengths of the named dimensions of a graph. */
export type Lengths = Readonly<Record<string, number>>;

/** What a graph costs, known before anything is computed. */
export interface GraphCost {
  /** How many numbers are trained. */
  readonly parameters: number;
  readonly parameterBytes: number;
  readonly constantBytes: number;
  /** Multiplications and additions of one run. */
  readonly flops: number;
  /** Most bytes of inputs, outputs and what is between them at any time of one run. */
  readonly activationBytes: number;
}

/** Written as several ONNX operators, with results between them about as large as their own. */
const COMPOSED: ReadonlySet<OperatorName> = new Set(['attention', 'crossEntropy', 'rotary']);

const ELEMENT_BYTES: Record<ElementType, number> = { float32: 4, int32: 4, bool: 1 };

/** Counts from shapes alone. Throws a RangeError for a named dimension without a length. */
export function graphCost(graph: Graph, lengths: Lengths): GraphCost {
  const bytes = (values: readonly Value[]): number =>
    values.reduce((total, value) => total + bytesOf(value, lengths), 0);
  return {
    parameters: graph.parameters.reduce((total, { shape }) => total + lengthOf(sizeOf(shape), lengths), 0),
    parameterBytes: bytes(graph.parameters),
    constantBytes: bytes(graph.constants),
    flops: graph.nodes.reduce((total, node) => total + flopsOf(node, lengths), 0),
    activationBytes: activationBytes(graph, { lengths }),
  };
}

/** Bytes of a tensor. */
export function bytesOf({ type, shape }: TensorType, lengths: Lengths): number {
  return ELEMENT_BYTES[type] * lengthOf(sizeOf(shape), lengths);
}

function flopsOf({ operator, inputs, outputs, attributes }: Node, lengths: Lengths): number {
  const { flops } = OPERATORS[operator] as Operator<unknown>;
  return lengthOf(product(flops?.(inputs, outputs, attributes) ?? outputs[0]!.shape), lengths);
}

/**
 * Most bytes that live at any time when nodes are computed in their order: a value from its node to its last use, inputs and outputs of
 * the graph all the time. Values that have their place `elsewhere` are not counted.
 */
export function activationBytes(
  { inputs, nodes: all, outputs }: Graph,
  { lengths, elsewhere = new Set() }: { lengths: Lengths; elsewhere?: ReadonlySet<Value> },
): number {
  const nodes = withoutDead(withoutExpands(all), Object.values(outputs));
  const lastUses = lastUsesOf(nodes);
  const kept = new Set(Object.values(outputs).map(storage));
  const size = (value: Value): number => (elsewhere.has(value) ? 0 : bytesOf(value, lengths));
  const sizeOfAll = (values: readonly Value[]): number =>
    values.reduce((total, value) => total + size(value), 0);
  let live = sizeOfAll(inputs);
  let peak = live;
  for (const [at, node] of nodes.entries()) {
    live += sizeOfAll(node.outputs.filter((output) => storage(output) === output));
    peak = Math.max(peak, live + (COMPOSED.has(node.operator) ? Math.max(...node.outputs.map(size)) : 0));
    const touched = new Set([...node.inputs, ...node.outputs].map(storage));
    live -= sizeOfAll(
      [...touched].filter(
        (value) => value.origin.kind === 'node' && !kept.has(value) && (lastUses.get(value) ?? at) === at,
      ),
    );
  }
  return peak;
}

/** Nodes that the outputs depend on. */
function withoutDead(nodes: readonly Node[], outputs: readonly Value[]): Node[] {
  const needed = new Set(outputs);
  return nodes
    .toReversed()
    .filter((node) => {
      const alive = node.outputs.some((output) => needed.has(output));
      if (alive) for (const input of node.inputs) needed.add(input);
      return alive;
    })
    .toReversed();
}

function lastUsesOf(nodes: readonly Node[]): ReadonlyMap<Value, number> {
  return new Map(nodes.flatMap(({ inputs }, at) => inputs.map((input) => [storage(input), at] as const)));
}

/** The value whose memory another one is a view of. */
function storage(value: Value): Value {
  let owner = value;
  while (owner.origin.kind === 'node' && owner.origin.node.operator === 'reshape')
    owner = owner.origin.node.inputs[0]!;
  return owner;
}
