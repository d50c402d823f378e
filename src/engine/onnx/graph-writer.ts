import { HomegrownError } from '../../errors/homegrown-error.ts';
import { type Dimension, namesOf } from '../graph/dimension.ts';
import type { Graph } from '../graph/graph.ts';
import { OPERATORS } from '../graph/operator-table.ts';
import type { LoweringContext, Operator } from '../graph/operator.ts';
import { elementCount, formatShape, type Shape, type TensorType } from '../graph/tensor-type.ts';
import type { Node, Value } from '../graph/value.ts';
import { withoutExpands } from './expand-elimination.ts';
import { type Fusion, fusionOf, usesOf } from './fusions.ts';
import {
  encodeOnnxModel,
  type OnnxAttribute,
  type OnnxConstant,
  type OnnxNode,
  type OnnxSequence,
  type OnnxValue,
} from './onnx-model.ts';
import {
  lowerQuantised,
  quantisedConstants,
  quantisedInput,
  type QuantisedWeights,
} from './quantised-weights.ts';

/** An output that no reader can take; see `ort-session.ts`. */
export const UNREADABLE_OUTPUT = '%unreadable';

/** What Protocol Buffers allow, less room for the nodes. */
const MOST_FILE_BYTES = 2 ** 31 - 2 ** 24;

export interface GraphWriterOptions {
  name?: string;
  description?: string;
  /** Puts `UNREADABLE_OUTPUT`, an empty list, before the outputs. */
  unreadableOutput?: boolean;
  /** Parameters that are written into the file instead of being inputs. */
  weights?: ReadonlyMap<string, OnnxConstant['data']>;
  /** Parameters that are written into the file in 8 bits. */
  quantised?: ReadonlyMap<string, QuantisedWeights>;
}

const NOTHING_QUANTISED: ReadonlyMap<string, QuantisedWeights> = new Map();

/** A graph as the bytes of an ONNX model; parameters are inputs of it, unless their weights are given. */
export function writeGraph(graph: Graph, options: GraphWriterOptions = {}): Uint8Array {
  return new GraphWriter(graph, options).write();
}

class GraphWriter {
  readonly #graph: Graph;
  readonly #options: GraphWriterOptions;
  readonly #nodes: OnnxNode[] = [];
  readonly #constants = new Map<string, OnnxConstant>();
  readonly #names = new Map<Value, string>();
  readonly #shapes = new Map<string, string>();
  readonly #quantised: ReadonlyMap<string, QuantisedWeights>;
  #count = 0;
  #bytes = 0;

  constructor(graph: Graph, options: GraphWriterOptions) {
    this.#graph = graph;
    this.#options = options;
    this.#quantised = options.quantised ?? NOTHING_QUANTISED;
  }

  write(): Uint8Array {
    const { inputs, parameters, constants, outputs } = this.#graph;
    const { unreadableOutput = false, name = 'graph', description = '' } = this.#options;
    for (const value of [...inputs, ...parameters]) this.#names.set(value, nameOf(value));
    for (const parameter of parameters) this.#writeWeights(parameter);
    for (const constant of constants) this.#names.set(constant, this.#constantOf(constant));
    this.#writeNodes();
    if (unreadableOutput)
      this.#nodes.unshift({
        operator: 'SequenceEmpty',
        inputs: [],
        outputs: [UNREADABLE_OUTPUT],
        attributes: { dtype: 1 },
      });
    const stop: OnnxSequence[] = unreadableOutput ? [{ name: UNREADABLE_OUTPUT, sequenceOf: 'float32' }] : [];
    return encodeOnnxModel({
      name,
      description,
      inputs: [...inputs, ...parameters.filter((value) => !this.#constants.has(nameOf(value)))].map((value) =>
        onnxValue(nameOf(value), value),
      ),
      outputs: [
        ...stop,
        ...Object.entries(outputs).map(([output, value]) => this.#writeOutput(output, value)),
      ],
      constants: [...this.#constants.values()],
      nodes: this.#nodes,
    });
  }

  #writeWeights(parameter: Value): void {
    const name = nameOf(parameter);
    const quantised = this.#quantised.get(name);
    if (quantised !== undefined)
      for (const constant of quantisedConstants(name, parameter.shape.map(Number), quantised)) {
        if (constant.data instanceof Uint8Array) this.#reserve(constant.data.length);
        this.#constants.set(constant.name, constant);
      }
    const data = this.#options.weights?.get(name);
    if (data === undefined) return;
    if (data instanceof Uint8Array) this.#reserve(data.length);
    this.#constants.set(name, { name, type: 'float32', shape: parameter.shape.map(Number), data });
  }

  #writeNodes(): void {
    const nodes = withoutExpands(this.#graph.nodes);
    const uses = usesOf(nodes, Object.values(this.#graph.outputs));
    const fused = new Set<Node>();
    const fusions = new Map(nodes.map((node) => [node, fusionOf(node, uses, fused)]));
    for (const node of nodes) if (!fused.has(node)) this.#writeNode(node, fusions.get(node)!);
  }

  #writeNode(node: Node, fused: Fusion | null): void {
    for (const output of node.outputs) this.#names.set(output, `%${output.id}`);
    if (fused?.operator === 'scatter') return this.#writeScatter(fused.inputs, node.outputs);
    const { operator, inputs, attributes } = fused ?? node;
    const parameter = quantisedInput({ operator, inputs }, this.#quantised);
    if (parameter !== null) {
      const context = this.#context({ inputs, outputs: node.outputs, attributes });
      return lowerQuantised(context, this.#quantised.get(nameOf(parameter))!);
    }
    const { lower } = OPERATORS[operator] as Operator<unknown>;
    lower(this.#context({ inputs, outputs: node.outputs, attributes }));
  }

  /** x + place(values, columns): the values are added where they belong. */
  #writeScatter(fused: readonly Value[], outputs: readonly Value[]): void {
    const [x, values, columns] = fused as [Value, Value, Value];
    const context = this.#context({ inputs: [x, columns, values], outputs, attributes: {} });
    const [to, index, updates] = context.inputs as [string, string, string];
    const column = context.emit('Reshape', [index, context.shape([columns.shape[0]!, 1])]);
    const options = { outputs: context.outputs, attributes: { axis: 1, reduction: 'add' } };
    context.emit('ScatterElements', [to, column, updates], options);
  }

  #context({
    inputs,
    outputs,
    attributes,
  }: Pick<Node, 'inputs' | 'outputs'> & { attributes: unknown }): LoweringContext<unknown> {
    return {
      attributes,
      inputs: inputs.map((input) => this.#names.get(input)!),
      outputs: outputs.map((output) => this.#names.get(output)!),
      inputTypes: inputs,
      outputTypes: outputs,
      emit: (operator, names, options = {}) => this.#emit(operator, names, options),
      float: (value) => this.#constant('float32', [], Float32Array.of(value)),
      int32: (value) => this.#constant('int32', [], Int32Array.of(value)),
      float32: (shape, data) => {
        this.#reserve(4 * elementCount(shape));
        return this.#constant('float32', shape, data());
      },
      int64: (values) => this.#int64(values),
      shape: (shape) => this.#shape(shape),
    };
  }

  #emit(
    operator: string,
    inputs: readonly string[],
    {
      outputs = [`%n${this.#count++}`],
      attributes,
      domain,
    }: {
      outputs?: readonly string[];
      attributes?: Readonly<Record<string, OnnxAttribute>>;
      domain?: 'com.microsoft';
    },
  ): string {
    this.#nodes.push({
      operator,
      inputs,
      outputs,
      ...(attributes && { attributes }),
      ...(domain && { domain }),
    });
    return outputs[0]!;
  }

  /** An output may be an input or another output under a second name: it gets a node of its own. */
  #writeOutput(name: string, value: Value): OnnxValue {
    if (this.#names.get(value) !== name)
      this.#nodes.push({ operator: 'Identity', inputs: [this.#names.get(value)!], outputs: [name] });
    return onnxValue(name, value);
  }

  #constantOf(value: Value): string {
    if (value.origin.kind !== 'constant') throw new TypeError('not a constant');
    const { data } = value.origin;
    this.#reserve(4 * data.length);
    return this.#constant(
      data instanceof Int32Array ? 'int32' : 'float32',
      value.shape.map(Number),
      data instanceof Float64Array ? Float32Array.from(data) : data,
    );
  }

  /** Counts what the file will hold before it is made. */
  #reserve(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > MOST_FILE_BYTES) throw tooLarge(this.#bytes);
  }

  #int64(values: readonly number[]): string {
    return this.#constant('int64', [values.length], BigInt64Array.from(values, BigInt));
  }

  #constant(
    type: OnnxConstant['type'],
    shape: readonly number[],
    data: Float32Array | Int32Array | BigInt64Array,
  ): string {
    const key = data.length <= 64 ? `${type} ${formatShape(shape)} ${Array.from(data, String).join()}` : null;
    const known = key === null ? undefined : this.#shapes.get(key);
    if (known !== undefined) return known;
    const name = `%c${this.#count++}`;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#constants.set(name, { name, type, shape, data: bytes });
    if (key !== null) this.#shapes.set(key, name);
    return name;
  }

  /** One unknown length is left to ONNX (-1); more are read off an input that has them. */
  #shape(shape: Shape): string {
    const named = shape.filter((dimension) => typeof dimension === 'string');
    if (named.length === 0) return this.#int64(shape.map(Number));
    const key = `shape ${formatShape(shape)}`;
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const parts = shape.map((dimension) => this.#length(dimension));
    const name = this.#emit('Concat', parts, { attributes: { axis: 0 } });
    this.#shapes.set(key, name);
    return name;
  }

  /** An int64 tensor of one element with a length. */
  #length(dimension: Dimension): string {
    if (typeof dimension === 'number') return this.#int64([dimension]);
    const key = `length ${dimension}`;
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const factors = namesOf(dimension).map((name) => this.#namedLength(name));
    const number = dimension.split('*').map(Number).find(Number.isInteger);
    if (number !== undefined) factors.push(this.#int64([number]));
    const name = factors.reduce((a, b) => this.#emit('Mul', [a, b], {}));
    this.#shapes.set(key, name);
    return name;
  }

  #namedLength(dimension: string): string {
    const key = `length ${dimension}`;
    const known = this.#shapes.get(key);
    if (known !== undefined) return known;
    const source = this.#graph.inputs.find(({ shape }) => shape.includes(dimension));
    if (source === undefined) throw new TypeError(`no input has an axis of length "${dimension}"`);
    const start = source.shape.indexOf(dimension);
    const name = this.#emit('Shape', [this.#names.get(source)!], { attributes: { start, end: start + 1 } });
    this.#shapes.set(key, name);
    return name;
  }
}

function tooLarge(bytes: number): HomegrownError {
  return new HomegrownError({
    code: 'engine/too-large',
    message: 'the constants and weights of a graph do not fit into one ONNX file',
    expected: `at most ${MOST_FILE_BYTES} bytes`,
    found: `at least ${bytes} bytes`,
    hint: 'Use a smaller network or a shorter context, or keep the weights in a file beside the graph.',
  });
}

function nameOf({ origin }: Value): string {
  return origin.kind === 'input' || origin.kind === 'parameter' ? origin.name : '';
}

function onnxValue(name: string, { type, shape }: TensorType): OnnxValue {
  return { name, type, shape };
}
