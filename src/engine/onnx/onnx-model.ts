import { ProtobufWriter } from './protobuf-writer.ts';

/** Element types and their numbers in onnx.proto (TensorProto.DataType). */
const DATA_TYPES = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, bool: 9 } as const;
export type OnnxType = keyof typeof DATA_TYPES;

/** An input or output; a string is a length known only at run time. */
export interface OnnxValue {
  name: string;
  type: OnnxType;
  shape: readonly (number | string)[];
}

/** An output that is a list of float32 tensors. */
export interface OnnxSequence {
  name: string;
  sequenceOf: 'float32';
}

/** A constant, in the graph (little-endian bytes) or in a file beside it. */
export interface OnnxConstant {
  name: string;
  type: OnnxType;
  shape: readonly number[];
  data: Uint8Array | { file: string; offset: number; length: number };
}

/** An integer, a list of integers, a text, or a float. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

export interface OnnxNode {
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** Left out: ONNX's own. `com.microsoft` holds ONNX Runtime's fused operators. */
  domain?: 'com.microsoft';
}

export interface OnnxGraph {
  name: string;
  description: string;
  inputs: readonly OnnxValue[];
  outputs: readonly (OnnxValue | OnnxSequence)[];
  constants: readonly OnnxConstant[];
  nodes: readonly OnnxNode[];
}

const IR_VERSION = 8;
const OPSET = 18;
const CONTRIB_OPSET = 1;
const EXTERNAL = 1;

/** The bytes of an ONNX model (onnx.proto's ModelProto, IR version 8, opset 18). */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  const writer = new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, 'homegrown')
    .message(7, encodeGraph(graph))
    .message(8, new ProtobufWriter().text(1, '').integer(2, OPSET));
  if (graph.nodes.some(({ domain }) => domain !== undefined))
    writer.message(8, new ProtobufWriter().text(1, 'com.microsoft').integer(2, CONTRIB_OPSET));
  return writer.finish();
}

function encodeGraph(graph: OnnxGraph): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const node of graph.nodes) writer.message(1, encodeNode(node));
  writer.text(2, graph.name);
  for (const constant of graph.constants) writer.message(5, encodeConstant(constant));
  writer.text(10, graph.description);
  for (const input of graph.inputs) writer.message(11, encodeValue(input));
  for (const output of graph.outputs) writer.message(12, encodeValue(output));
  return writer;
}

function encodeNode({ operator, inputs, outputs, domain, attributes = {} }: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.text(3, outputs[0]!).text(4, operator);
  for (const [name, value] of Object.entries(attributes)) writer.message(5, encodeAttribute(name, value));
  if (domain !== undefined) writer.text(7, domain);
  return writer;
}

/** Field and AttributeProto.AttributeType of each kind: f 1, i 2, s 3, ints 7. */
function encodeAttribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return writer.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return writer.text(4, value).integer(20, 3);
  if ('float' in value) return writer.float(2, value.float).integer(20, 1);
  return writer.integers(8, value).integer(20, 7);
}

function encodeConstant({ name, type, shape, data }: OnnxConstant): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const length of shape) writer.integer(1, length);
  writer.integer(2, DATA_TYPES[type]).text(8, name);
  if (data instanceof Uint8Array) return writer.bytes(9, data);
  const places = { location: data.file, offset: String(data.offset), length: String(data.length) };
  for (const [key, value] of Object.entries(places)) {
    writer.message(13, new ProtobufWriter().text(1, key).text(2, value));
  }
  return writer.integer(14, EXTERNAL);
}

function encodeValue(value: OnnxValue | OnnxSequence): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, value.name);
  if (!('sequenceOf' in value)) return writer.message(2, encodeTensorType(value));
  const element = new ProtobufWriter().message(
    1,
    new ProtobufWriter().integer(1, DATA_TYPES[value.sequenceOf]),
  );
  const sequence = new ProtobufWriter().message(1, element);
  return writer.message(2, new ProtobufWriter().message(4, sequence));
}

function encodeTensorType({ type, shape }: OnnxValue): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const length of shape) {
    const dimension = new ProtobufWriter();
    if (typeof length === 'number') dimension.integer(1, length);
    else dimension.text(2, length);
    dimensions.message(1, dimension);
  }
  const tensorType = new ProtobufWriter().integer(1, DATA_TYPES[type]).message(2, dimensions);
  return new ProtobufWriter().message(1, tensorType);
}
