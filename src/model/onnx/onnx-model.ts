import { ProtobufWriter } from './protobuf-writer.ts';

/** Element types and their numbers in onnx.proto (TensorProto.DataType). */
const DATA_TYPES = { float32: 1, int8: 3, int64: 7 } as const;
export type OnnxType = keyof typeof DATA_TYPES;

/** An input or output; a string is a length known only at run time. */
export interface OnnxValue {
  name: string;
  type: OnnxType;
  shape: readonly (number | string)[];
}

/** A constant, in the graph (little-endian bytes) or in a file beside it. */
export interface OnnxConstant {
  name: string;
  type: OnnxType;
  shape: readonly number[];
  data: Uint8Array | { file: string; offset: number; length: number };
}

export interface OnnxNode {
  operator: string;
  inputs: readonly string[];
  outputs: readonly string[];
  /** Integer attributes; floats are not needed yet. */
  attributes?: Readonly<Record<string, number>>;
}

export interface OnnxGraph {
  name: string;
  description: string;
  inputs: readonly OnnxValue[];
  outputs: readonly OnnxValue[];
  constants: readonly OnnxConstant[];
  nodes: readonly OnnxNode[];
}

const IR_VERSION = 8;
const OPSET = 17;
const ATTRIBUTE_INT = 2;
const EXTERNAL = 1;

/** The bytes of an ONNX model (onnx.proto's ModelProto, IR version 8, opset 17). */
export function encodeOnnxModel(graph: OnnxGraph): Uint8Array {
  return new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, 'homegrown')
    .message(7, encodeGraph(graph))
    .message(8, new ProtobufWriter().text(1, '').integer(2, OPSET))
    .finish();
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

function encodeNode({ operator, inputs, outputs, attributes = {} }: OnnxNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of inputs) writer.text(1, input);
  for (const output of outputs) writer.text(2, output);
  writer.text(3, outputs[0]!).text(4, operator);
  for (const [name, value] of Object.entries(attributes)) {
    writer.message(5, new ProtobufWriter().text(1, name).integer(3, value).integer(20, ATTRIBUTE_INT));
  }
  return writer;
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

function encodeValue({ name, type, shape }: OnnxValue): ProtobufWriter {
  const dimensions = new ProtobufWriter();
  for (const length of shape) {
    const dimension = new ProtobufWriter();
    if (typeof length === 'number') dimension.integer(1, length);
    else dimension.text(2, length);
    dimensions.message(1, dimension);
  }
  const tensorType = new ProtobufWriter().integer(1, DATA_TYPES[type]).message(2, dimensions);
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}
