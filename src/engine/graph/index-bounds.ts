import { describeNode } from './graph-builder.ts';
import type { Graph } from './graph.ts';
import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import type { Node, Value } from './value.ts';

/** What the numbers of an input may be, because something is looked up by them. */
export interface IndexBound {
  readonly input: string;
  /** null: negative ones mean something else. */
  readonly least: 0 | null;
  readonly below: number;
  /** The node that looks up. */
  readonly reader: string;
}

interface Lookup {
  /** Which input of the node holds the indices. */
  readonly at: number;
  readonly least: 0 | null;
  length(node: Node): unknown;
}

const attributeOf =
  <Name extends OperatorName>(name: keyof OperatorAttributes[Name]) =>
  ({ attributes }: Node): unknown =>
    (attributes as OperatorAttributes[Name])[name];

const LOOKUPS: Partial<Record<OperatorName, Lookup>> = {
  gather: { at: 1, least: 0, length: ({ inputs }) => inputs[0]!.shape[0] },
  scatterRows: { at: 0, least: 0, length: attributeOf<'scatterRows'>('rows') },
  pick: { at: 1, least: 0, length: ({ inputs }) => inputs[0]!.shape[1] },
  place: { at: 1, least: 0, length: attributeOf<'place'>('length') },
  crossEntropy: { at: 1, least: null, length: ({ inputs }) => inputs[0]!.shape[1] },
};

/** Operators that leave the numbers as they are. */
const REARRANGING: ReadonlySet<OperatorName> = new Set(['reshape', 'transpose', 'expand']);

/** Bounds of all inputs that hold indices into something of known length. */
export function indexBounds({ nodes }: Graph): IndexBound[] {
  const bounds = nodes.flatMap((node): IndexBound[] => {
    const lookup = LOOKUPS[node.operator];
    const below = lookup?.length(node);
    const input = lookup === undefined ? null : sourceInput(node.inputs[lookup.at]!);
    if (lookup === undefined || input === null || typeof below !== 'number') return [];
    return [{ input, least: lookup.least, below, reader: describeNode(node) }];
  });
  return bounds.filter((bound, at) => bounds.findIndex((other) => covers(other, bound)) === at);
}

function covers(a: IndexBound, b: IndexBound): boolean {
  return a.input === b.input && a.least === b.least && a.below === b.below;
}

function sourceInput(value: Value): string | null {
  let source = value;
  while (source.origin.kind === 'node' && REARRANGING.has(source.origin.node.operator))
    source = source.origin.node.inputs[0]!;
  return source.origin.kind === 'input' ? source.origin.name : null;
}
