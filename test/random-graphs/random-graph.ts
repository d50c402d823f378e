import { HomegrownError } from '../../src/errors/homegrown-error.ts';
import { lengthOf } from '../../src/engine/graph/dimension.ts';
import { add, multiply, sum } from '../../src/engine/graph/functions.ts';
import { GraphBuilder } from '../../src/engine/graph/graph-builder.ts';
import { type NdArray, ndArray } from '../../src/engine/graph/nd-array.ts';
import { OPERATORS } from '../../src/engine/graph/operator-table.ts';
import type { Operator } from '../../src/engine/graph/operator.ts';
import type { Shape } from '../../src/engine/graph/tensor-type.ts';
import type { Node, Value } from '../../src/engine/graph/value.ts';
import { type Random, seededRandom } from '../../src/util/random.ts';
import { RECIPES } from './recipes.ts';

/** Values beyond this make differences and float32 inaccurate. */
const LARGEST = 20;
const MOST_ELEMENTS = 200;
/** How far from the place where it bends an operator's input must be. */
const MARGIN = 0.02;

/** A graph of random operators with numbers for its inputs, growing one operator at a time. */
export class RandomGraph {
  readonly builder: GraphBuilder;
  readonly random: Random;
  readonly feeds: Record<string, NdArray> = {};
  /** Float inputs and parameters. */
  readonly leaves = new Map<string, Value>();
  readonly lengths: Readonly<Record<string, number>>;
  readonly #prefix: string;
  readonly #arrays = new Map<Value, NdArray>();
  readonly #used = new Set<Value>();
  #pool: Value[] = [];

  constructor(seed: number, { builder = new GraphBuilder(), prefix = '' } = {}) {
    this.builder = builder;
    this.random = seededRandom(seed);
    this.#prefix = prefix;
    this.lengths = { [`${prefix}n`]: 1 + this.random.integer(3), [`${prefix}m`]: 2 + this.random.integer(2) };
    for (let index = 0; index < 3; index++) this.#pool.push(this.leaf(this.#randomShape()));
  }

  /** Adds one random operator, or nothing where that one does not fit. */
  grow(): void {
    const names = Object.keys(RECIPES);
    const recipe = RECIPES[names[this.random.integer(names.length)]!]!;
    const known = new Set(this.leaves.keys());
    try {
      const value = recipe(this);
      if (value !== null && this.#holds(value)) return void this.#pool.push(value);
    } catch (error) {
      if (!(error instanceof HomegrownError) || error.code !== 'engine/type-mismatch') throw error;
    }
    for (const name of this.leaves.keys()) if (!known.has(name)) this.leaves.delete(name);
  }

  /** A weighted sum of all values that nothing else was made of. */
  loss(): Value {
    const ends = this.#pool.filter((value) => !this.#used.has(value));
    return ends.map((value) => this.#weightedSum(value)).reduce(add);
  }

  /** One of the values so far that the test holds for; null where there is none. */
  pick(test: (value: Value) => boolean = () => true): Value | null {
    const fitting = this.#pool.filter(test);
    return fitting.length === 0 ? null : fitting[this.random.integer(fitting.length)]!;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** A new input, or a parameter where all lengths are known. */
  leaf(shape: Shape, [low, high]: readonly [number, number] = [-1.5, 1.5]): Value {
    const name = `${this.#prefix}x${this.leaves.size}-${Object.keys(this.feeds).length}`;
    const known = shape.every((length) => typeof length === 'number');
    const value =
      known && this.chance(0.5)
        ? this.builder.parameter(name, shape.map(Number))
        : this.builder.input(name, { type: 'float32', shape });
    this.leaves.set(name, value);
    this.#feed(name, value, () => low + (high - low) * this.random.next());
    return value;
  }

  /** A new input of indices from `least` to below `bound`. */
  ids(shape: Shape, bound: number, least = 0): Value {
    const name = `${this.#prefix}i${Object.keys(this.feeds).length}`;
    const value = this.builder.input(name, { type: 'int32', shape });
    this.#feed(name, value, () => least + this.random.integer(bound - least));
    return value;
  }

  /** The numbers of a value. */
  arrayOf(value: Value): NdArray {
    const known = this.#arrays.get(value);
    if (known !== undefined) return known;
    if (value.origin.kind === 'constant')
      return { shape: value.shape.map(Number), data: Float64Array.from(value.origin.data) };
    if (value.origin.kind !== 'node') throw new TypeError('an input without numbers');
    this.#compute(value.origin.node);
    return this.#arrays.get(value)!;
  }

  /** The numbers of a shape's lengths. */
  shapeOf(shape: Shape): number[] {
    return shape.map((dimension) => lengthOf(dimension, this.lengths));
  }

  #compute(node: Node): void {
    const { evaluate } = OPERATORS[node.operator] as Operator<unknown>;
    const inputs = node.inputs.map((input) => this.arrayOf(input));
    const shapes = node.outputs.map(({ shape }) => this.shapeOf(shape));
    const results = evaluate(inputs, { attributes: node.attributes, shapes });
    for (const [index, output] of node.outputs.entries()) this.#arrays.set(output, results[index]!);
  }

  #feed(name: string, value: Value, next: () => number): void {
    this.feeds[name] = ndArray(this.shapeOf(value.shape), () =>
      value.type === 'int32' ? next() : Math.fround(next()),
    );
    this.#arrays.set(value, this.feeds[name]);
  }

  /** Whether a new value is small, finite and far from where its operators bend; its inputs count as used then. */
  #holds(value: Value): boolean {
    const nodes = newNodes(value, this.#arrays);
    const { data } = this.arrayOf(value);
    if (data.length > MOST_ELEMENTS || !data.every((x) => Math.abs(x) < LARGEST)) return false;
    if (!nodes.every((node) => this.#isSmooth(node))) return false;
    for (const { inputs } of nodes) for (const input of inputs) this.#used.add(input);
    return true;
  }

  #isSmooth({ operator, inputs }: Node): boolean {
    if (operator === 'relu' || operator === 'absolute')
      return this.arrayOf(inputs[0]!).data.every((x) => Math.abs(x) > MARGIN);
    if (operator !== 'greaterOrEqual') return true;
    const [a, b] = inputs.map((input) => this.arrayOf(input).data) as [Float64Array, Float64Array];
    return a.every((x) => b.every((y) => Math.abs(x - y) > MARGIN));
  }

  #weightedSum(value: Value): Value {
    const count = value.shape.length;
    const known = value.shape.every((length) => typeof length === 'number');
    const shape = known ? value.shape.map(Number) : [];
    const weights = ndArray(shape, () => 2 * this.random.next() - 1);
    const constant = this.builder.constant({ type: 'float32', shape }, Float32Array.from(weights.data));
    const total = sum(multiply(value, constant), [...Array(count).keys()]);
    return this.builder.apply('reshape', [total], { shape: [] })[0]!;
  }

  #randomShape(): Shape {
    const names = Object.keys(this.lengths);
    return Array.from({ length: this.random.integer(5) }, () =>
      this.chance(0.2) ? names[this.random.integer(names.length)]! : 1 + this.random.integer(4),
    );
  }
}

/** Nodes between a value and values whose numbers are known. */
function newNodes(value: Value, known: ReadonlyMap<Value, NdArray>): Node[] {
  if (known.has(value) || value.origin.kind !== 'node') return [];
  const { node } = value.origin;
  return [...node.inputs.flatMap((input) => newNodes(input, known)), node];
}

/** A graph of about as many random operators, with its loss. */
export function randomGraph(
  seed: number,
  operators: number,
  place: { builder?: GraphBuilder; prefix?: string } = {},
): { graph: RandomGraph; loss: Value } {
  const graph = new RandomGraph(seed, place);
  for (let count = 0; count < operators; count++) graph.grow();
  return { graph, loss: graph.loss() };
}
