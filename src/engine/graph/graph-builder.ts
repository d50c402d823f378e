import { HomegrownError } from '../../errors/homegrown-error.ts';
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
    if (name === '' || name.startsWith('%')) throw unusableName(name);
    if (this.#inputs.has(name) || this.#parameters.has(name)) throw nameTaken(name);
    const value = this.#value(type, origin);
    kind.set(name, value);
    return value;
  }

  #value({ type, shape }: TensorType, origin: Origin): Value {
    return Object.freeze({ type, shape: Object.freeze([...shape]), id: this.#count++, graph: this, origin });
  }
}

/** Two inputs, parameters or outputs of one name. */
export function nameTaken(name: string): HomegrownError {
  return new HomegrownError({
    code: 'engine/name-taken',
    message: `the graph already has an input or parameter named "${name}"`,
    hint: 'Give each input, parameter and output its own name.',
  });
}

/** Names with % are made up for values that have none. */
export function unusableName(name: string): HomegrownError {
  return new HomegrownError({
    code: 'engine/unusable-name',
    message: `"${name}" cannot be the name of an input, parameter or output`,
    hint: 'Use a name that is not empty and does not start with %.',
  });
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

const OWN_FILES = /\/engine\/(graph|autodiff|training)\/(?!.*\.test\.)/;

/** The file and line outside the engine's own code where a node was made. */
export function builtWhere({ builtAt }: Node): string | undefined {
  const frames = builtAt.stack?.split('\n').slice(1) ?? [];
  const frame = frames.find((line) => !OWN_FILES.test(line)) ?? frames[0];
  return frame
    ?.trim()
    .replace(/^at (?:.* )?\(?(?:file:\/\/)?/, '')
    .replace(/\)$/, '');
}
