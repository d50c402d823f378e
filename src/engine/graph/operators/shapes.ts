import { type Dimension, isDimension } from '../dimension.ts';
import { expectCount } from '../expectations.ts';
import { pad, reshape, slice, transpose } from '../functions.ts';
import { broadcastIndices, indicesBy, ndArray, stridesOf } from '../nd-array.ts';
import type { OperatorAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { broadcastShapes, formatShape, formatType, sizeOf, type TensorType } from '../tensor-type.ts';
import { unbroadcast } from './unbroadcast.ts';

function replaced(shape: readonly Dimension[], axis: number, length: Dimension): Dimension[] {
  return shape.map((old, at) => (at === axis ? length : old));
}

function expectAxis(x: TensorType, axis: number): Dimension {
  const length = x.shape[axis];
  if (length === undefined) throw new TypeProblem(`an axis of ${formatType(x)}`, `axis ${axis}`);
  return length;
}

function expectKnown(x: TensorType, axis: number): number {
  const length = expectAxis(x, axis);
  if (typeof length === 'string')
    throw new TypeProblem('an axis of known length', `${length} in ${formatType(x)}`);
  return length;
}

export const reshapeOperator: Operator<OperatorAttributes['reshape']> = {
  infer(inputs, { shape }) {
    expectCount(inputs, 1);
    const [x] = inputs as [TensorType];
    if (sizeOf(x.shape) !== sizeOf(shape))
      throw new TypeProblem(
        `a shape of ${String(sizeOf(x.shape))} elements, as ${formatType(x)} has`,
        `${formatShape(shape)} with ${String(sizeOf(shape))}`,
      );
    return [{ type: x.type, shape }];
  },
  gradient: ({ inputs, dys }) => [reshape(dys[0]!, inputs[0]!.shape)],
  evaluate: ([x], { shapes: [shape] }) => [{ shape: shape!, data: x!.data }],
  lower({ emit, inputs, outputs, attributes, shape }) {
    emit('Reshape', [inputs[0]!, shape(attributes.shape)], { outputs });
  },
  flops: () => [0],
};

export const transposeOperator: Operator<OperatorAttributes['transpose']> = {
  infer(inputs, { permutation }) {
    expectCount(inputs, 1);
    const [x] = inputs as [TensorType];
    if (permutation.toSorted((a, b) => a - b).join() !== [...x.shape.keys()].join())
      throw new TypeProblem(`each axis of ${formatType(x)} once`, `[${permutation.join(', ')}]`);
    return [{ type: x.type, shape: permutation.map((axis) => x.shape[axis]!) }];
  },
  gradient({ dys, attributes: { permutation } }) {
    return [
      transpose(
        dys[0]!,
        permutation.map((_, axis) => permutation.indexOf(axis)),
      ),
    ];
  },
  evaluate([x], { attributes: { permutation }, shapes: [shape] }) {
    const strides = stridesOf(x!.shape);
    const from = indicesBy(
      shape!,
      permutation.map((axis) => strides[axis]!),
    );
    return [ndArray(shape!, (index) => x!.data[from[index]!]!)];
  },
  lower: ({ emit, inputs, outputs, attributes: { permutation } }) =>
    void emit('Transpose', inputs, { outputs, attributes: { perm: permutation } }),
  flops: () => [0],
};

export const expandOperator: Operator<OperatorAttributes['expand']> = {
  infer(inputs, { shape }) {
    expectCount(inputs, 1);
    const [x] = inputs as [TensorType];
    if (String(broadcastShapes(x.shape, shape)) !== String(shape))
      throw new TypeProblem(`a shape that ${formatType(x)} can be repeated to`, formatShape(shape));
    return [{ type: x.type, shape }];
  },
  gradient: ({ inputs, dys }) => [unbroadcast(dys[0]!, inputs[0]!.shape)],
  evaluate([x], { shapes: [shape] }) {
    const from = broadcastIndices(x!.shape, shape!);
    return [ndArray(shape!, (index) => x!.data[from[index]!]!)];
  },
  lower: ({ emit, inputs, outputs, attributes, shape }) =>
    void emit('Expand', [inputs[0]!, shape(attributes.shape)], { outputs }),
  flops: () => [0],
};

export const concatOperator: Operator<OperatorAttributes['concat']> = {
  infer(inputs, { axis }) {
    const [first] = inputs;
    if (first === undefined) throw new TypeProblem('at least one input', 'none');
    expectAxis(first, axis);
    for (const other of inputs) {
      const fits = String(replaced(other.shape, axis, 0)) === String(replaced(first.shape, axis, 0));
      if (!fits || other.type !== first.type)
        throw new TypeProblem(`${formatType(first)} but for axis ${axis}`, formatType(other));
    }
    const total = inputs.reduce((length, input) => length + expectKnown(input, axis), 0);
    return [{ type: first.type, shape: replaced(first.shape, axis, total) }];
  },
  gradient({ inputs, dys, attributes: { axis }, needs }) {
    let start = 0;
    return inputs.map((input, index) => {
      const end = start + Number(input.shape[axis]);
      const dx = needs(index) ? slice(dys[0]!, { axis, start, end }) : null;
      start = end;
      return dx;
    });
  },
  evaluate(inputs, { attributes: { axis }, shapes: [shape] }) {
    const y = ndArray(shape!, () => 0);
    const strides = stridesOf(shape!);
    let start = 0;
    for (const input of inputs) {
      const to = indicesBy(input.shape, strides);
      for (const [index, at] of to.entries()) y.data[at + start * strides[axis]!] = input.data[index]!;
      start += input.shape[axis]!;
    }
    return [y];
  },
  lower: ({ emit, inputs, outputs, attributes: { axis } }) =>
    void emit('Concat', inputs, { outputs, attributes: { axis } }),
  flops: () => [0],
};

export const sliceOperator: Operator<OperatorAttributes['slice']> = {
  infer(inputs, { axis, start, end }) {
    expectCount(inputs, 1);
    const [x] = inputs as [TensorType];
    const length = expectKnown(x, axis);
    if (!(Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= length))
      throw new TypeProblem(`0 ≤ start ≤ end ≤ ${length}`, `${start} to ${end}`);
    return [{ type: x.type, shape: replaced(x.shape, axis, end - start) }];
  },
  gradient({ inputs, dys, attributes: { axis, start, end } }) {
    const length = Number(inputs[0]!.shape[axis]);
    return [pad(dys[0]!, { axis, before: start, after: length - end })];
  },
  evaluate([x], { attributes: { axis, start }, shapes: [shape] }) {
    const strides = stridesOf(x!.shape);
    const from = indicesBy(shape!, strides);
    return [ndArray(shape!, (index) => x!.data[from[index]! + start * strides[axis]!]!)];
  },
  lower: ({ emit, inputs, outputs, attributes: { axis, start, end }, int64 }) =>
    void emit('Slice', [inputs[0]!, int64([start]), int64([end]), int64([axis])], { outputs }),
  flops: () => [0],
};

export const padOperator: Operator<OperatorAttributes['pad']> = {
  infer(inputs, { axis, before, after }) {
    expectCount(inputs, 1);
    const [x] = inputs as [TensorType];
    if (!isDimension(before) || !isDimension(after))
      throw new TypeProblem('whole lengths from 0', `${before} and ${after}`);
    return [{ type: x.type, shape: replaced(x.shape, axis, before + expectKnown(x, axis) + after) }];
  },
  gradient({ inputs, dys, attributes: { axis, before } }) {
    return [slice(dys[0]!, { axis, start: before, end: before + Number(inputs[0]!.shape[axis]) })];
  },
  evaluate([x], { attributes: { axis, before }, shapes: [shape] }) {
    const y = ndArray(shape!, () => 0);
    const strides = stridesOf(shape!);
    const to = indicesBy(x!.shape, strides);
    for (const [index, at] of to.entries()) y.data[at + before * strides[axis]!] = x!.data[index]!;
    return [y];
  },
  lower({ emit, inputs, outputs, attributes: { axis, before, after }, int64, inputTypes }) {
    const rank = inputTypes[0]!.shape.length;
    const pads = Array.from({ length: 2 * rank }, (_, at) =>
      at === axis ? before : at === rank + axis ? after : 0,
    );
    emit('Pad', [inputs[0]!, int64(pads)], { outputs });
  },
  flops: () => [0],
};
