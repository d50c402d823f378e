import { lengthOf, product } from '../dimension.ts';
import { expectCount, expectElements } from '../expectations.ts';
import { expand, multiply, scaled, subtract, sum } from '../functions.ts';
import { type NdArray, ndArray, reducedIndices } from '../nd-array.ts';
import type { NoAttributes } from '../operator-attributes.ts';
import { type LoweringContext, type Operator, TypeProblem } from '../operator.ts';
import { formatType, type Shape, type TensorType } from '../tensor-type.ts';

interface Axes {
  readonly axes: readonly number[];
}

function reducedShape({ shape }: TensorType, { axes }: Axes): Shape {
  return shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
}

function sumOver(x: NdArray, axes: readonly number[], shape: readonly number[]): NdArray {
  const result = ndArray(shape, () => 0);
  const to = reducedIndices(x.shape, axes);
  for (const [index, at] of to.entries()) result.data[at]! += x.data[index]!;
  return result;
}

function inferReduction(inputs: readonly TensorType[], attributes: Axes): TensorType[] {
  expectCount(inputs, 1);
  expectElements('float32', inputs);
  const [x] = inputs as [TensorType];
  const outside = attributes.axes.find((axis) => x.shape[axis] === undefined);
  if (outside !== undefined) throw new TypeProblem(`an axis of ${formatType(x)}`, `axis ${outside}`);
  if (new Set(attributes.axes).size < attributes.axes.length)
    throw new TypeProblem('each axis at most once', `[${attributes.axes.join(', ')}]`);
  return [{ type: 'float32', shape: reducedShape(x, attributes) }];
}

/** ONNX reduces over all axes when it is told none. */
function lowerReduction(
  operator: string,
  { emit, inputs, outputs, attributes: { axes }, int64 }: LoweringContext<Axes>,
): void {
  if (axes.length === 0) emit('Identity', inputs, { outputs });
  else emit(operator, [...inputs, int64(axes)], { outputs, attributes: { keepdims: 1 } });
}

export const sumOperator: Operator<Axes> = {
  infer: inferReduction,
  gradient: ({ inputs, dys }) => [expand(dys[0]!, inputs[0]!.shape)],
  evaluate: ([x], { attributes: { axes }, shapes: [shape] }) => [sumOver(x!, axes, shape!)],
  lower: (context) => (leadsRows(context) ? sumRows(context) : lowerReduction('ReduceSum', context)),
  flops: (inputs) => inputs[0]!.shape,
};

/** Whether the reduced axes are the first ones and others follow. */
function leadsRows({ attributes: { axes }, inputTypes }: LoweringContext<Axes>): boolean {
  return (
    axes.length > 0 &&
    axes.length < inputTypes[0]!.shape.length &&
    axes.every((axis, index) => axis === index)
  );
}

/** A row of ones times the rows: several times as fast as `ReduceSum`, which walks down each column. */
function sumRows({
  emit,
  inputs,
  outputs,
  attributes,
  inputTypes,
  outputTypes,
  shape,
  float,
}: LoweringContext<Axes>): void {
  const from = inputTypes[0]!.shape;
  const rows = product(from.slice(0, attributes.axes.length));
  const ones = emit('Expand', [float(1), shape([1, rows])]);
  if (from.length === 2) return void emit('Gemm', [ones, inputs[0]!], { outputs });
  const columns = product(from.slice(attributes.axes.length));
  const matrix = emit('Reshape', [inputs[0]!, shape([rows, columns])]);
  emit('Reshape', [emit('Gemm', [ones, matrix]), shape(outputTypes[0]!.shape)], { outputs });
}

export const meanOperator: Operator<Axes> = {
  infer(inputs, attributes) {
    const types = inferReduction(inputs, attributes);
    const count = product(attributes.axes.map((axis) => inputs[0]!.shape[axis]!));
    if (typeof count === 'string')
      throw new TypeProblem('axes of known length (divide a sum where lengths are named)', count);
    return types;
  },
  gradient({ inputs, dys, attributes: { axes } }) {
    const count = lengthOf(product(axes.map((axis) => inputs[0]!.shape[axis]!)), {});
    return [expand(scaled(dys[0]!, 1 / count), inputs[0]!.shape)];
  },
  evaluate([x], { attributes: { axes }, shapes: [shape] }) {
    const count = axes.reduce((size, axis) => size * x!.shape[axis]!, 1);
    const total = sumOver(x!, axes, shape!);
    return [{ shape: total.shape, data: total.data.map((value) => value / count) }];
  },
  lower: (context) => lowerReduction('ReduceMean', context),
  flops: (inputs) => inputs[0]!.shape,
};

/** Softmax of each row of the last axis, in float64. */
export function softmaxRows(x: NdArray): NdArray {
  const width = x.shape.at(-1)!;
  const y = ndArray(x.shape, () => 0);
  for (let start = 0; start < x.data.length; start += width) {
    const row = x.data.subarray(start, start + width);
    const most = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const powers = row.map((value) => Math.exp(value - most));
    const total = powers.reduce((a, b) => a + b, 0);
    y.data.set(
      powers.map((power) => power / total),
      start,
    );
  }
  return y;
}

export const softmaxOperator: Operator<NoAttributes> = {
  infer(inputs) {
    expectCount(inputs, 1);
    expectElements('float32', inputs);
    if (inputs[0]!.shape.length === 0) throw new TypeProblem('at least one axis', formatType(inputs[0]!));
    return [inputs[0]!];
  },
  gradient({ outputs, dys }) {
    const [y, dy] = [outputs[0]!, dys[0]!];
    return [multiply(y, subtract(dy, sum(multiply(dy, y), [-1])))];
  },
  evaluate: ([x]) => [softmaxRows(x!)],
  lower: ({ emit, inputs, outputs }) => void emit('Softmax', inputs, { outputs, attributes: { axis: -1 } }),
};
