import type { EncoderClassifierArchitecture } from '../../schema/architecture.ts';
import { graphOf, type Graph } from '../../engine/graph/graph.ts';
import { scaled, softmax } from '../../engine/graph/functions.ts';
import { encoderClassifier } from '../transformer/encoder-classifier.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';
import { type Tensor, tensorOf } from '../safetensors.ts';
import { quantiseMatrix, blockSizeOf, quantiseTable } from './quantise.ts';

/** A trained encoder with 8-bit weights, ready to be saved or to answer. */
export interface EncoderModel {
  readonly labels: readonly string[];
  readonly architecture: EncoderClassifierArchitecture;
  /** What logits are divided by before they become probabilities. */
  readonly temperature: number;
  readonly tokenizer: Tokenizer;
  /** By parameter name; those in 8 bits have their scales under the name with `.scales`. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** How a parameter is stored. */
export type Storage = 'float' | 'matrix' | 'table';

/** Matrices and the token table are rounded; norms, biases and places are few. */
export function storageOf(name: string): Storage {
  if (name === 'token_embedding') return 'table';
  return name.endsWith('.weight') && !name.includes('norm') ? 'matrix' : 'float';
}

/** The graph that answers: `logits` and `probabilities` [batch, classes] from `ids`, `mask` and `positions`. */
export function answeringGraph(architecture: EncoderClassifierArchitecture, temperature: number): Graph {
  const { logits } = encoderClassifier(architecture, { training: false });
  return graphOf({ logits, probabilities: softmax(scaled(logits, 1 / temperature)) });
}

/** The name, type and shape of every tensor of a model of this architecture. */
export function tensorShapes(
  architecture: EncoderClassifierArchitecture,
): Map<string, Pick<Tensor, 'type' | 'shape'>> {
  const shapes = new Map<string, Pick<Tensor, 'type' | 'shape'>>();
  for (const [name, { shape }] of encoderClassifier(architecture, { training: false }).builder.parameters) {
    const [rows, columns] = shape.map(Number) as [number, number];
    const storage = storageOf(name);
    if (storage === 'float') shapes.set(name, { type: 'F32', shape: shape.map(Number) });
    else if (storage === 'table') {
      shapes.set(name, { type: 'I8', shape: [rows, columns] });
      shapes.set(`${name}.scales`, { type: 'F32', shape: [rows, 1] });
    } else {
      const blocks = Math.ceil(rows / blockSizeOf(rows));
      shapes.set(name, { type: 'U8', shape: [columns, blocks, blockSizeOf(rows)] });
      shapes.set(`${name}.scales`, { type: 'F32', shape: [columns * blocks] });
    }
  }
  return shapes;
}

/** Rounds trained parameters to 8 bits where they are many. */
export function quantisedTensors(
  architecture: EncoderClassifierArchitecture,
  parameterOf: (name: string) => Float32Array,
): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  const shapes = tensorShapes(architecture);
  const keep = (name: string, values: Float32Array | Int8Array | Uint8Array): void => {
    const { type, shape } = shapes.get(name)!;
    tensors.set(name, tensorOf(type, shape, values));
  };
  for (const [name, { shape }] of encoderClassifier(architecture, { training: false }).builder.parameters) {
    const storage = storageOf(name);
    const values = parameterOf(name);
    const size = shape.map(Number) as [number, number];
    const rounded =
      storage === 'matrix'
        ? quantiseMatrix(values, size)
        : storage === 'table'
          ? quantiseTable(values, size)
          : null;
    keep(name, rounded?.data ?? values);
    if (rounded !== null) keep(`${name}.scales`, rounded.scales);
  }
  return tensors;
}
