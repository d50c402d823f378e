import { writeFileAtomic } from '../../util/atomic-file.ts';
import { encodeOnnxModel, type OnnxConstant, type OnnxNode } from '../../engine/onnx/onnx-model.ts';
import type { Calibration } from './calibration.ts';

export interface BagOnnx {
  rows: number;
  classes: number;
  calibration: Calibration;
  /** The file with the weights, beside the graph, and where its tensors start. */
  weightsFile: string;
  offsets: Map<string, number>;
}

/**
 * Writes a graph from one text's `rows` (int64 [n]) and `values` (float32 [n]) to `scores` and calibrated `probabilities`
 * (float32 [classes]); its weights stay in the safetensors file, as ONNX external data.
 */
export async function writeBagOnnx(path: string, bag: BagOnnx): Promise<void> {
  const { rows, classes, calibration } = bag;
  const bytes = encodeOnnxModel({
    name: 'bag',
    description: 'Bag of hashed n-grams, linear one-vs-rest classifier, calibrated. See features.json.',
    inputs: [
      { name: 'rows', type: 'int64', shape: ['n'] },
      { name: 'values', type: 'float32', shape: ['n'] },
    ],
    outputs: [
      { name: 'scores', type: 'float32', shape: [classes] },
      { name: 'probabilities', type: 'float32', shape: [classes] },
    ],
    constants: [
      external(bag, { name: 'weights', type: 'int8', shape: [rows, classes] }),
      external(bag, { name: 'scales', type: 'float32', shape: [classes] }),
      external(bag, { name: 'bias', type: 'float32', shape: [classes] }),
      scalar('shift', calibration.shift),
      scalar('half', 0.5),
      scalar('floor', calibration.floor),
      scalar('gamma', calibration.gamma),
      { name: 'first_axis', type: 'int64', shape: [1], data: new Uint8Array(8) },
      { name: 'second_axis', type: 'int64', shape: [1], data: new Uint8Array([1, 0, 0, 0, 0, 0, 0, 0]) },
    ],
    nodes: GRAPH,
  });
  await writeFileAtomic(path, bytes, { durable: false });
}

const GRAPH: readonly OnnxNode[] = [
  { operator: 'Gather', inputs: ['weights', 'rows'], outputs: ['gathered'], attributes: { axis: 0 } },
  { operator: 'Cast', inputs: ['gathered'], outputs: ['integers'], attributes: { to: 1 } },
  { operator: 'Unsqueeze', inputs: ['values', 'second_axis'], outputs: ['column'] },
  { operator: 'Mul', inputs: ['integers', 'column'], outputs: ['weighed'] },
  { operator: 'ReduceSum', inputs: ['weighed', 'first_axis'], outputs: ['sum'], attributes: { keepdims: 0 } },
  { operator: 'Mul', inputs: ['sum', 'scales'], outputs: ['scaled'] },
  { operator: 'Add', inputs: ['scaled', 'bias'], outputs: ['scores'] },
  { operator: 'Add', inputs: ['scores', 'shift'], outputs: ['shifted'] },
  { operator: 'Mul', inputs: ['shifted', 'half'], outputs: ['halved'] },
  { operator: 'Max', inputs: ['halved', 'floor'], outputs: ['floored'] },
  { operator: 'Pow', inputs: ['floored', 'gamma'], outputs: ['powers'] },
  {
    operator: 'ReduceSum',
    inputs: ['powers', 'first_axis'],
    outputs: ['total'],
    attributes: { keepdims: 1 },
  },
  { operator: 'Div', inputs: ['powers', 'total'], outputs: ['probabilities'] },
];

function external(bag: BagOnnx, tensor: Omit<OnnxConstant, 'data'>): OnnxConstant {
  const bytes = tensor.type === 'int8' ? 1 : 4;
  const length = tensor.shape.reduce((product, size) => product * size, bytes);
  return { ...tensor, data: { file: bag.weightsFile, offset: bag.offsets.get(tensor.name)!, length } };
}

function scalar(name: string, value: number): OnnxConstant {
  const data = new Uint8Array(4);
  new DataView(data.buffer).setFloat32(0, value, true);
  return { name, type: 'float32', shape: [], data };
}
