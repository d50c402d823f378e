import { expectBroadcast, expectCount, expectElements } from '../expectations.ts';
import { divide, multiply, negate } from '../functions.ts';
import { broadcastIndices } from '../nd-array.ts';
import type { NoAttributes } from '../operator-attributes.ts';
import type { Operator } from '../operator.ts';
import type { Value } from '../value.ts';
import { unbroadcast } from './unbroadcast.ts';

/** What sets one elementwise operator of two numbers apart. */
interface Binary {
  onnx: string;
  f(a: number, b: number): number;
  /** Gradients before they are summed over broadcast axes. */
  rule(facts: { a: Value; b: Value; y: Value; dy: Value }): readonly [() => Value, () => Value];
}

function binary({ onnx, f, rule }: Binary): Operator<NoAttributes> {
  return {
    infer(inputs) {
      expectCount(inputs, 2);
      expectElements('float32', inputs);
      return [{ type: 'float32', shape: expectBroadcast(inputs) }];
    },
    gradient({ inputs, outputs, dys, needs }) {
      const [a, b] = inputs as [Value, Value];
      const rules = rule({ a, b, y: outputs[0]!, dy: dys[0]! });
      return [a, b].map((input, index) => (needs(index) ? unbroadcast(rules[index]!(), input.shape) : null));
    },
    evaluate([a, b], { shapes: [shape] }) {
      const [left, right] = [broadcastIndices(a!.shape, shape!), broadcastIndices(b!.shape, shape!)];
      const data = Float64Array.from(left, (at, index) => f(a!.data[at]!, b!.data[right[index]!]!));
      return [{ shape: shape!, data }];
    },
    lower: ({ emit, inputs, outputs }) => void emit(onnx, inputs, { outputs }),
  };
}

export const addOperator: Operator<NoAttributes> = binary({
  onnx: 'Add',
  f: (a, b) => a + b,
  rule: ({ dy }) => [() => dy, () => dy],
});

export const subtractOperator: Operator<NoAttributes> = binary({
  onnx: 'Sub',
  f: (a, b) => a - b,
  rule: ({ dy }) => [() => dy, () => negate(dy)],
});

export const multiplyOperator: Operator<NoAttributes> = binary({
  onnx: 'Mul',
  f: (a, b) => a * b,
  rule: ({ a, b, dy }) => [() => multiply(dy, b), () => multiply(dy, a)],
});

export const divideOperator: Operator<NoAttributes> = binary({
  onnx: 'Div',
  f: (a, b) => a / b,
  rule: ({ b, y, dy }) => [() => divide(dy, b), () => negate(divide(multiply(dy, y), b))],
});
