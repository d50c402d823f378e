import { expectBroadcast, expectCount, expectElements } from '../expectations.ts';
import { cast, scalar, where } from '../functions.ts';
import { broadcastIndices, ndArray } from '../nd-array.ts';
import type { NoAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { type ElementType, formatType } from '../tensor-type.ts';
import type { Value } from '../value.ts';
import { unbroadcast } from './unbroadcast.ts';

export const greaterOrEqualOperator: Operator<NoAttributes> = {
  infer(inputs) {
    expectCount(inputs, 2);
    expectElements(inputs[0]!.type, inputs);
    if (inputs[0]!.type === 'bool') throw new TypeProblem('numbers', formatType(inputs[0]!));
    return [{ type: 'bool', shape: expectBroadcast(inputs) }];
  },
  gradient: null,
  evaluate([a, b], { shapes: [shape] }) {
    const [left, right] = [broadcastIndices(a!.shape, shape!), broadcastIndices(b!.shape, shape!)];
    return [ndArray(shape!, (index) => (a!.data[left[index]!]! >= b!.data[right[index]!]! ? 1 : 0))];
  },
  lower: ({ emit, inputs, outputs }) => void emit('GreaterOrEqual', inputs, { outputs }),
};

export const whereOperator: Operator<NoAttributes> = {
  infer(inputs) {
    expectCount(inputs, 3);
    expectElements('bool', inputs.slice(0, 1));
    expectElements(inputs[1]!.type, inputs.slice(1));
    return [{ type: inputs[1]!.type, shape: expectBroadcast(inputs) }];
  },
  gradient({ inputs, dys, needs }) {
    const [condition, a, b] = inputs as [Value, Value, Value];
    const dy = dys[0]!;
    const zero = scalar(dy, 0);
    return [
      null,
      needs(1) ? unbroadcast(where(condition, dy, zero), a.shape) : null,
      needs(2) ? unbroadcast(where(condition, zero, dy), b.shape) : null,
    ];
  },
  evaluate([condition, a, b], { shapes: [shape] }) {
    const [ask, left, right] = [condition!, a!, b!].map((input) => broadcastIndices(input.shape, shape!));
    return [
      ndArray(shape!, (index) =>
        condition!.data[ask![index]!] === 1 ? a!.data[left![index]!]! : b!.data[right![index]!]!,
      ),
    ];
  },
  lower: ({ emit, inputs, outputs }) => void emit('Where', inputs, { outputs }),
};

const ONNX_TYPES: Record<ElementType, number> = { float32: 1, int32: 6, bool: 9 };

export const castOperator: Operator<{ readonly to: ElementType }> = {
  infer(inputs, { to }) {
    expectCount(inputs, 1);
    return [{ type: to, shape: inputs[0]!.shape }];
  },
  gradient: ({ inputs, dys }) => [inputs[0]!.type === 'float32' ? cast(dys[0]!, 'float32') : null],
  evaluate([x], { attributes: { to } }) {
    const convert = { float32: Number, int32: Math.trunc, bool: (value: number) => (value === 0 ? 0 : 1) }[
      to
    ];
    return [ndArray(x!.shape, (index) => convert(x!.data[index]!))];
  },
  lower: ({ emit, inputs, outputs, attributes: { to } }) =>
    void emit('Cast', inputs, { outputs, attributes: { to: ONNX_TYPES[to] } }),
};
