import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Dimension } from './dimension.ts';
import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import { type Operator, TypeProblem } from './operator.ts';
import { OPERATORS } from './operator-table.ts';
import { formatType, type Shape, type TensorType } from './tensor-type.ts';
import type { ConstantData, Node, NodeMaker, Origin, Value } from './value.ts';

/** A random 0 or 1 / (1 - rate) for each element, drawn anew at each step. */
export interface DropoutMask {
  readonly value: Value;
  readonly rate: number;
}

/** Gathers the nodes of a graph, checks shapes and types as they come, and makes equal nodes only once. */
export class GraphBuilder implements NodeMaker {
  readonly #inputs = new Map<string, Value>();
  readonly #parameters = new Map<string, Value>();
  readonly #dropoutMasks: DropoutMask[] = [];
  readonly #known = new Map<string, readonly Value[]>();
  #count = 0;

  get inputs(): ReadonlyMap<string, Value> {
    return this.#inputs;
  }

  get parameters(): ReadonlyMap<string, Value> {
    return this.#parameters;
  }

  get dropoutMasks(): readonly DropoutMask[] {
    return this.#dropoutMasks;
  }

  /** Given at each run; lengths may be named. */
  input(name: string, type: TensorType): Value {
    return this.#named(this.#inputs, { kind: 'input', name }, type);
  }

  /** Trained: float32, all lengths known. */
  parameter(name: string, shape: readonly number[]): Value {
    return this.#named(this.#parameters, { kind: 'parameter', name }, { type: 'float32', shape });
  }

  /** Multiply by it to drop elements with probability `rate` in training. */
  dropoutMask(shape: Shape, rate: number): Value {
    const value = this.input(`dropout/${this.#dropoutMasks.length}`, { type: 'float32', shape });
    this.#dropoutMasks.push({ value, rate });
    return value;
  }

  constant(type: TensorType, data: ConstantData): Value {
    const key = data.length <= 16 ? `constant ${formatType(type)} ${Array.from(data, String).join()}` : null;
    const known = key === null ? undefined : this.#known.get(key);
    if (known !== undefined) return known[0]!;
    const value = this.#value(type, { kind: 'constant', data });
    if (key !== null) this.#known.set(key, [value]);
    return value;
  }

  apply<Name extends OperatorName>(
    operator: Name,
    inputs: readonly Value[],
    attributes: OperatorAttributes[Name],
  ): readonly Value[] {
    const key = `${operator} ${inputs.map(({ id }) => id).join()} ${JSON.stringify(attributes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const builtAt = new Error('built');
    const node: Node = { operator, inputs, attributes, builtAt, outputs: [] };
    for (const input of inputs) if (input.graph !== this) throw foreignValue(node, input);
    const outputs = inferTypes(node).map((type, output) => this.#value(type, { kind: 'node', node, output }));
    (node as { outputs: readonly Value[] }).outputs = Object.freeze(outputs);
    Object.freeze(node);
    this.#known.set(key, outputs);
    return outputs;
  }

  #named(kind: Map<string, Value>, origin: Origin & { name: string }, type: TensorType): Value {
    const { name } = origin;
    if (this.#inputs.has(name) || this.#parameters.has(name))
      throw new HomegrownError({
        code: 'engine/name-taken',
        message: `the graph already has an input or parameter named "${name}"`,
        hint: 'Give each its own name.',
      });
    const value = this.#value(type, origin);
    kind.set(name, value);
    return value;
  }

  #value({ type, shape }: TensorType, origin: Origin): Value {
    return Object.freeze({ type, shape: Object.freeze([...shape]), id: this.#count++, graph: this, origin });
  }
}

function inferTypes(node: Node): readonly TensorType[] {
  const operator = OPERATORS[node.operator] as Operator<unknown>;
  try {
    return operator.infer(node.inputs, node.attributes);
  } catch (cause) {
    if (!(cause instanceof TypeProblem)) throw cause;
    throw new HomegrownError({
      code: 'engine/type-mismatch',
      message: `${describeNode(node)} does not fit`,
      where: builtWhere(node),
      expected: cause.expected,
      found: cause.found,
      hint: 'Look at the types of the inputs where this node is built.',
      cause,
    });
  }
}

function foreignValue(node: Node, input: Value): HomegrownError {
  return new HomegrownError({
    code: 'engine/foreign-value',
    message: `${describeNode(node)} uses ${describeValue(input)} of another graph`,
    where: builtWhere(node),
    hint: 'Build all values of one graph with one GraphBuilder.',
  });
}

/** `add(%3 float32[2, 4], "weight" float32[4])`. */
export function describeNode({ operator, inputs }: Node): string {
  const list = inputs.map((input) => `${describeValue(input)} ${formatType(input)}`);
  return `${operator}(${list.join(', ')})`;
}

/** `"weight"` of a named value, `%3` of another. */
export function describeValue({ origin, id }: Value): string {
  return origin.kind === 'input' || origin.kind === 'parameter' ? `"${origin.name}"` : `%${id}`;
}

const OWN_FILES = /\/graph\/(graph-builder|functions)\.[jt]s/;

/** The file and line outside the graph's own code where a node was made. */
export function builtWhere({ builtAt }: Node): string | undefined {
  const frame = builtAt.stack
    ?.split('\n')
    .slice(1)
    .find((line) => !OWN_FILES.test(line));
  return frame
    ?.trim()
    .replace(/^at (?:.* )?\(?(?:file:\/\/)?/, '')
    .replace(/\)$/, '');
}

/** The length of each named dimension from the shapes of inputs at run time. Throws `engine/wrong-shape` when they disagree with the graph. */
export function dimensionLengths(
  inputs: Iterable<Value>,
  shapeOf: (name: string) => readonly number[] | undefined,
): Record<string, number> {
  const lengths: Record<string, number> = {};
  for (const value of inputs) {
    const name = value.origin.kind === 'input' ? value.origin.name : '';
    const shape = shapeOf(name);
    const fits =
      shape?.length === value.shape.length &&
      value.shape.every((dimension, axis) => fitsDimension(dimension, shape[axis]!, lengths));
    if (!fits)
      throw new HomegrownError({
        code: 'engine/wrong-shape',
        message: `input "${name}" does not have the shape that the graph was built for`,
        expected: `${formatType(value)}${describeLengths(lengths)}`,
        found: shape === undefined ? 'nothing' : `[${shape.join(', ')}]`,
        hint: 'Give every input, with the shape it was declared with.',
      });
  }
  return lengths;
}

function fitsDimension(dimension: Dimension, length: number, lengths: Record<string, number>): boolean {
  if (typeof dimension === 'number') return dimension === length;
  if (dimension.includes('*')) return true;
  lengths[dimension] ??= length;
  return lengths[dimension] === length;
}

function describeLengths(lengths: Record<string, number>): string {
  const list = Object.entries(lengths).map(([name, length]) => `${name} = ${length}`);
  return list.length === 0 ? '' : ` with ${list.join(', ')}`;
}
