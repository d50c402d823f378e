import { HomegrownError } from '../../errors/homegrown-error.ts';
import { canonical, isDimension } from './dimension.ts';
import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import { type Operator, TypeProblem } from './operator.ts';
import { OPERATORS } from './operator-table.ts';
import { formatShape, formatType, type Shape, sizeOf, type TensorType } from './tensor-type.ts';
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

  /** Numbers written into the graph: as many as the shape says. */
  constant(type: TensorType, data: ConstantData): Value {
    const fits = (type.type === 'int32') === data instanceof Int32Array && type.type !== 'bool';
    if (sizeOf(type.shape) !== data.length || !fits) throw wrongConstant(type, data);
    const key = data.length <= 16 ? `constant ${formatType(type)} ${numbersKey(data)}` : null;
    const known = key === null ? undefined : this.#known.get(key);
    if (known !== undefined) return known[0]!;
    const value = this.#value(type, { kind: 'constant', data: data.slice() });
    if (key !== null) this.#known.set(key, [value]);
    return value;
  }

  apply<Name extends OperatorName>(
    operator: Name,
    inputs: readonly Value[],
    attributes: OperatorAttributes[Name],
  ): readonly Value[] {
    const made = (): Node => ({
      operator,
      inputs: [...inputs],
      attributes: frozen(attributes),
      builtAt: new Error('built'),
      outputs: [],
    });
    for (const input of inputs) if (input.graph !== this) throw foreignValue(made(), input);
    const key = `${operator} ${inputs.map(({ id }) => id).join()} ${JSON.stringify(attributes)}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const node = made();
    const outputs = inferTypes(node).map((type, output) => this.#value(type, { kind: 'node', node, output }));
    (node as { outputs: readonly Value[] }).outputs = Object.freeze(outputs);
    Object.freeze(node);
    this.#known.set(key, outputs);
    return outputs;
  }

  #named(kind: Map<string, Value>, origin: Origin & { name: string }, type: TensorType): Value {
    const { name } = origin;
    const named = origin.kind === 'parameter' && type.shape.some((length) => typeof length !== 'number');
    if (named || !type.shape.every(isDimension)) throw wrongShape(name, type);
    if (name === '' || name.startsWith('%')) throw unusableName(name);
    if (this.#inputs.has(name) || this.#parameters.has(name)) throw nameTaken(name);
    const value = this.#value(type, origin);
    kind.set(name, value);
    return value;
  }

  #value({ type, shape }: TensorType, origin: Origin): Value {
    return Object.freeze({
      type,
      shape: Object.freeze(shape.map(canonical)),
      id: this.#count++,
      graph: this,
      origin,
    });
  }
}

/** A copy of attributes that nobody can change. */
function frozen<Attributes extends object>(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).map(
    ([name, value]) =>
      [name, Array.isArray(value) ? Object.freeze([...(value as unknown[])]) : value] as const,
  );
  return Object.freeze(Object.fromEntries(entries)) as Attributes;
}

/** Tells 0 from -0. */
function numbersKey(data: ConstantData): string {
  return Array.from(data, (value) => (Object.is(value, -0) ? '-0' : String(value))).join();
}

function wrongConstant(type: TensorType, data: ConstantData): HomegrownError {
  return new HomegrownError({
    code: 'engine/wrong-constant',
    message: 'the numbers of a constant are not what its type says',
    where: builtWhere({ builtAt: new Error('built') }),
    expected: `${formatType(type)} of ${String(sizeOf(type.shape))} numbers`,
    found: `${data.constructor.name} of ${data.length}`,
    hint: 'Give float32 constants in a Float32Array or Float64Array, int32 ones in an Int32Array.',
  });
}

function wrongShape(name: string, type: TensorType): HomegrownError {
  return new HomegrownError({
    code: 'engine/wrong-dimension',
    message: `"${name}" cannot have the shape ${formatShape(type.shape)}`,
    expected: 'whole lengths from 0; those of inputs may be names or products such as "batch" or "2*batch"',
    where: builtWhere({ builtAt: new Error('built') }),
    hint: 'Check the numbers that the shape is computed from.',
  });
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
    const types = operator.infer(node.inputs, node.attributes);
    for (const { shape } of types)
      if (!shape.every(isDimension))
        throw new TypeProblem('whole lengths from 0, or names', formatShape(shape));
    return types;
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

const IN_FILE = /:\d+:\d+\)?$/;
const OWN_FILES = /\/engine\/(graph|autodiff|training)\/(?!.*\.test\.)/;

/** The file and line outside the engine's own code where a node was made. */
export function builtWhere({ builtAt }: Pick<Node, 'builtAt'>): string | undefined {
  const frames = builtAt.stack?.split('\n').slice(1) ?? [];
  const frame = frames.find((line) => IN_FILE.test(line) && !OWN_FILES.test(line)) ?? frames[0];
  return frame
    ?.trim()
    .replace(/^at (?:.* )?\(?(?:file:\/\/)?/, '')
    .replace(/\)$/, '');
}
