import type { Dimension } from '../dimension.ts';
import { expectCount, expectElements, expectRank } from '../expectations.ts';
import { gemm, matmul } from '../functions.ts';
import { broadcastIndices, type NdArray, stridesOf } from '../nd-array.ts';
import type { OperatorAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { broadcastShapes, formatType, type Shape, type TensorType } from '../tensor-type.ts';
import type { Value } from '../value.ts';
import { unbroadcast } from './unbroadcast.ts';

interface Transposes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** Lengths of a product of [.., m, k] and [.., k, n]. */
function productLengths(
  a: TensorType,
  b: TensorType,
  { transposeA, transposeB }: Transposes,
): { m: Dimension; k: Dimension; n: Dimension } {
  const [rows, columns] = [a.shape.at(-2)!, a.shape.at(-1)!];
  const [m, k] = transposeA ? [columns, rows] : [rows, columns];
  const inner = b.shape.at(transposeB ? -1 : -2)!;
  if (inner !== k)
    throw new TypeProblem(
      `${String(k)} along the ${transposeB ? 'last' : 'last but one'} axis of the second factor`,
      `${formatType(a)}${transposeA ? ' transposed' : ''} × ${formatType(b)}${transposeB ? ' transposed' : ''}`,
    );
  return { m, k, n: b.shape.at(transposeB ? -2 : -1)! };
}

/** One product of matrices that start at offsets of flat data, added to `to`. */
function multiplyInto(
  to: Float64Array,
  offset: number,
  [m, k, n]: readonly [number, number, number],
  left: { data: Float64Array; at(row: number, inner: number): number },
  right: { data: Float64Array; at(inner: number, column: number): number },
): void {
  for (let row = 0; row < m; row++) {
    for (let column = 0; column < n; column++) {
      let total = 0;
      for (let inner = 0; inner < k; inner++)
        total += left.data[left.at(row, inner)]! * right.data[right.at(inner, column)]!;
      to[offset + row * n + column]! += total;
    }
  }
}

/** Index functions of a factor whose matrix starts at `offset`. */
function factor(
  { data, shape }: NdArray,
  offset: number,
  transposed: boolean,
): { data: Float64Array; at(row: number, column: number): number } {
  const width = shape.at(-1)!;
  return {
    data,
    at: transposed
      ? (row, column) => offset + column * width + row
      : (row, column) => offset + row * width + column,
  };
}

function matmulBatch(a: TensorType, b: TensorType): Shape {
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (batch === null) throw new TypeProblem('batch axes that fit', `${formatType(a)} × ${formatType(b)}`);
  return batch;
}

export const matmulOperator: Operator<OperatorAttributes['matmul']> = {
  infer(inputs, attributes) {
    expectCount(inputs, 2);
    expectElements('float32', inputs);
    const [a, b] = inputs as [TensorType, TensorType];
    for (const input of [a, b])
      if (input.shape.length < 2) throw new TypeProblem('at least two axes', formatType(input));
    const { m, n } = productLengths(a, b, attributes);
    return [{ type: 'float32', shape: [...matmulBatch(a, b), m, n] }];
  },
  gradient({ inputs, dys, attributes: { transposeA, transposeB, scale }, needs }) {
    const [a, b] = inputs as [Value, Value];
    const dy = dys[0]!;
    const da = (): Value =>
      transposeA
        ? matmul(b, dy, { transposeA: transposeB, transposeB: true, scale })
        : matmul(dy, b, { transposeB: !transposeB, scale });
    const db = (): Value =>
      transposeB
        ? matmul(dy, a, { transposeA: true, transposeB: transposeA, scale })
        : matmul(a, dy, { transposeA: !transposeA, scale });
    return [needs(0) ? unbroadcast(da(), a.shape) : null, needs(1) ? unbroadcast(db(), b.shape) : null];
  },
  evaluate([a, b], { attributes: { transposeA, transposeB, scale }, shapes: [shape] }) {
    const batch = shape!.slice(0, -2);
    const sizes = [shape!.at(-2)!, a!.shape.at(transposeA ? -2 : -1)!, shape!.at(-1)!] as const;
    const data = new Float64Array(shape!.reduce((size, length) => size * length, 1));
    const starts = [a!, b!].map((input) => broadcastIndices(input.shape.slice(0, -2), batch));
    const areas = [a!, b!].map((input) => stridesOf(input.shape).at(-2)! * input.shape.at(-2)!);
    for (let index = 0; index < starts[0]!.length; index++) {
      const left = factor(a!, starts[0]![index]! * areas[0]!, transposeA);
      const right = factor(b!, starts[1]![index]! * areas[1]!, transposeB);
      multiplyInto(data, index * sizes[0] * sizes[2], sizes, left, right);
    }
    return [{ shape: shape!, data: data.map((value) => scale * value) }];
  },
  lower({ emit, inputs, outputs, attributes: { transposeA, transposeB, scale } }) {
    if (!transposeA && !transposeB && scale === 1) return void emit('MatMul', inputs, { outputs });
    emit('FusedMatMul', inputs, {
      outputs,
      domain: 'com.microsoft',
      attributes: { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } },
    });
  },
  flops: (inputs, [output], attributes) => {
    const { k } = productLengths(inputs[0]!, inputs[1]!, attributes);
    return [2, k, ...output!.shape];
  },
};

export const gemmOperator: Operator<OperatorAttributes['gemm']> = {
  infer(inputs, attributes) {
    expectCount(inputs, 2, 3);
    expectElements('float32', inputs);
    const [a, b, c] = inputs as [TensorType, TensorType, TensorType?];
    expectRank(a, 2, 'the first factor');
    expectRank(b, 2, 'the second factor');
    const { m, n } = productLengths(a, b, attributes);
    if (c !== undefined && String(broadcastShapes(c.shape, [m, n])) !== String([m, n]))
      throw new TypeProblem(`a third input that broadcasts to [${String(m)}, ${String(n)}]`, formatType(c));
    return [{ type: 'float32', shape: [m, n] }];
  },
  gradient({ inputs, dys, attributes: { transposeA, transposeB }, needs }) {
    const [a, b, c] = inputs as [Value, Value, Value?];
    const dy = dys[0]!;
    const da = (): Value =>
      transposeA
        ? gemm(b, dy, null, { transposeA: transposeB, transposeB: true })
        : gemm(dy, b, null, { transposeB: !transposeB });
    const db = (): Value =>
      transposeB
        ? gemm(dy, a, null, { transposeA: true, transposeB: transposeA })
        : gemm(a, dy, null, { transposeA: !transposeA });
    return [
      needs(0) ? da() : null,
      needs(1) ? db() : null,
      ...(c === undefined ? [] : [needs(2) ? unbroadcast(dy, c.shape) : null]),
    ];
  },
  evaluate([a, b, c], { attributes: { transposeA, transposeB }, shapes: [shape] }) {
    const added = c === undefined ? null : broadcastIndices(c.shape, shape!);
    const data = Float64Array.from({ length: shape![0]! * shape![1]! }, (_, index) =>
      added === null ? 0 : c!.data[added[index]!]!,
    );
    const sizes = [shape![0]!, a!.shape[transposeA ? 0 : 1]!, shape![1]!] as const;
    multiplyInto(data, 0, sizes, factor(a!, 0, transposeA), factor(b!, 0, transposeB));
    return [{ shape: shape!, data }];
  },
  lower: ({ emit, inputs, outputs, attributes: { transposeA, transposeB } }) =>
    void emit('Gemm', inputs, {
      outputs,
      attributes: { transA: Number(transposeA), transB: Number(transposeB) },
    }),
  flops: (inputs, [output], attributes) => {
    const { k } = productLengths(inputs[0]!, inputs[1]!, attributes);
    return [2, k, ...output!.shape];
  },
};
