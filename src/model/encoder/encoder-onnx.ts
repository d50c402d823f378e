import { writeGraph } from '../../engine/onnx/graph-writer.ts';
import type { OnnxConstant } from '../../engine/onnx/onnx-model.ts';
import type { QuantisedWeights } from '../../engine/onnx/quantised-weights.ts';
import type { EncoderClassifierArchitecture } from '../../schema/architecture.ts';
import { answeringGraph, storageOf } from './encoder-model.ts';
import { blockSizeOf } from './quantise.ts';

/** The bytes of an encoder's `model.onnx`; `dataOf` gives a tensor's bytes, or where they are in a file beside it. */
export function encoderOnnx(
  { architecture, temperature }: { architecture: EncoderClassifierArchitecture; temperature: number },
  dataOf: (tensor: string) => OnnxConstant['data'],
): Uint8Array {
  const graph = answeringGraph(architecture, temperature);
  const weights = new Map<string, OnnxConstant['data']>();
  const quantised = new Map<string, QuantisedWeights>();
  for (const { origin, shape } of graph.parameters) {
    if (origin.kind !== 'parameter') continue;
    const { name } = origin;
    const storage = storageOf(name);
    if (storage === 'float') weights.set(name, dataOf(name));
    else {
      const stored = { data: dataOf(name), scales: dataOf(`${name}.scales`) };
      const blockSize = blockSizeOf(Number(shape[0]));
      quantised.set(
        name,
        storage === 'table' ? { kind: 'table', ...stored } : { kind: 'matrix', blockSize, ...stored },
      );
    }
  }
  return writeGraph(graph, {
    name: 'encoder',
    description:
      'Transformer text classifier with 8-bit weights. Inputs come from tokenizer.json; see config.json.',
    weights,
    quantised,
  });
}
