import type { Node, Value } from '../graph/value.ts';
import type { LoweringContext } from '../graph/operator.ts';
import type { OperatorAttributes } from '../graph/operator-attributes.ts';
import type { OnnxConstant } from './onnx-model.ts';

/** A matrix [inputs, outputs] in 8 bits, one scale for each output and each block of inputs; weight = (byte - 128) × scale. */
export interface QuantisedMatrix {
  readonly kind: 'matrix';
  /** Power of two, at least 16. */
  readonly blockSize: number;
  /** uint8 [outputs, blocks, block size]. */
  readonly data: OnnxConstant['data'];
  /** float32 [outputs, blocks]. */
  readonly scales: OnnxConstant['data'];
}

/** A table of which rows are looked up, in 8 bits with one scale for each row. */
export interface QuantisedTable {
  readonly kind: 'table';
  /** int8 [rows, width]. */
  readonly data: OnnxConstant['data'];
  /** float32 [rows, 1]. */
  readonly scales: OnnxConstant['data'];
}

export type QuantisedWeights = QuantisedMatrix | QuantisedTable;

/** The parameter that a node takes in 8 bits, if any: the second factor of a `gemm`, the table of a `gather`. */
export function quantisedInput(
  { operator, inputs }: Pick<Node, 'operator' | 'inputs'>,
  quantised: ReadonlyMap<string, QuantisedWeights>,
): Value | null {
  const candidate = operator === 'gemm' ? inputs[1]! : operator === 'gather' ? inputs[0]! : null;
  if (candidate?.origin.kind !== 'parameter') return null;
  return quantised.has(candidate.origin.name) ? candidate : null;
}

/** The constants that stand for a parameter; the scales' name is the parameter's with `.scales`. */
export function quantisedConstants(
  name: string,
  shape: readonly number[],
  weights: QuantisedWeights,
): OnnxConstant[] {
  const [rows, columns] = shape as [number, number];
  const scales = { name: `${name}.scales`, type: 'float32', data: weights.scales } as const;
  if (weights.kind === 'table')
    return [
      { name, type: 'int8', shape, data: weights.data },
      { ...scales, shape: [rows, 1] },
    ];
  const blocks = Math.ceil(rows / weights.blockSize);
  return [
    { name, type: 'uint8', shape: [columns, blocks, weights.blockSize], data: weights.data },
    { ...scales, shape: [columns * blocks] },
  ];
}

/** Computes with the weights as they are: rows become floats when they are looked up, products round their other factor block by block. */
export function lowerQuantised(
  context: Pick<LoweringContext<unknown>, 'emit' | 'inputs' | 'outputs' | 'attributes' | 'inputTypes'>,
  weights: QuantisedWeights,
): void {
  const { emit, inputs, outputs } = context;
  if (weights.kind === 'table') {
    const [table, indices] = inputs as [string, string];
    const attributes = { axis: 0 };
    const rows = emit('Cast', [emit('Gather', [table, indices], { attributes })], { attributes: { to: 1 } });
    const scales = emit('Gather', [`${table}.scales`, indices], { attributes });
    emit('Mul', [rows, scales], { outputs });
    return;
  }
  const { transposeA, transposeB } = context.attributes as OperatorAttributes['gemm'];
  if (transposeA || transposeB) throw new TypeError('8-bit products are not transposed');
  const [a, b, c] = inputs as [string, string, string?];
  const [k, n] = context.inputTypes[1]!.shape.map(Number) as [number, number];
  const attributes = { K: k, N: n, bits: 8, block_size: weights.blockSize, accuracy_level: 4 };
  const product = emit('MatMulNBits', [a, b, `${b}.scales`], {
    domain: 'com.microsoft',
    attributes,
    ...(c === undefined && { outputs }),
  });
  if (c !== undefined) emit('Add', [product, c], { outputs });
}
