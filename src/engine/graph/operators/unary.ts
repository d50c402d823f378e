import { expectCount, expectElements } from '../expectations.ts';
import {
  add,
  cast,
  divide,
  erf,
  exp,
  greaterOrEqual,
  multiply,
  negate,
  scalar,
  scaled,
  shifted,
  sigmoid,
  subtract,
} from '../functions.ts';
import { erf as erfOf, logistic } from '../special-functions.ts';
import { ndArray } from '../nd-array.ts';
import type { NoAttributes } from '../operator-attributes.ts';
import type { Operator } from '../operator.ts';
import type { Value } from '../value.ts';

/** What sets one elementwise operator of one number apart. */
interface Unary {
  onnx: string;
  f(x: number): number;
  rule(facts: { x: Value; y: Value; dy: Value }): Value;
}

function unary({ onnx, f, rule }: Unary): Operator<NoAttributes> {
  return {
    infer(inputs) {
      expectCount(inputs, 1);
      expectElements('float32', inputs);
      return [inputs[0]!];
    },
    gradient: ({ inputs, outputs, dys }) => [rule({ x: inputs[0]!, y: outputs[0]!, dy: dys[0]! })],
    evaluate: ([x]) => [ndArray(x!.shape, (index) => f(x!.data[index]!))],
    lower: ({ emit, inputs, outputs }) => void emit(onnx, inputs, { outputs }),
  };
}

/** 1 - x. */
function complement(x: Value): Value {
  return subtract(scalar(x, 1), x);
}

export const negateOperator: Operator<NoAttributes> = unary({
  onnx: 'Neg',
  f: (x) => -x,
  rule: ({ dy }) => negate(dy),
});

export const expOperator: Operator<NoAttributes> = unary({
  onnx: 'Exp',
  f: Math.exp,
  rule: ({ y, dy }) => multiply(dy, y),
});

export const logOperator: Operator<NoAttributes> = unary({
  onnx: 'Log',
  f: Math.log,
  rule: ({ x, dy }) => divide(dy, x),
});

export const squareRootOperator: Operator<NoAttributes> = unary({
  onnx: 'Sqrt',
  f: Math.sqrt,
  rule: ({ y, dy }) => divide(scaled(dy, 0.5), y),
});

export const tanhOperator: Operator<NoAttributes> = unary({
  onnx: 'Tanh',
  f: Math.tanh,
  rule: ({ y, dy }) => multiply(dy, complement(multiply(y, y))),
});

/** d erf / dx = 2/√π · e^(-x²). */
export const erfOperator: Operator<NoAttributes> = unary({
  onnx: 'Erf',
  f: erfOf,
  rule: ({ x, dy }) => multiply(dy, scaled(exp(negate(multiply(x, x))), 2 / Math.sqrt(Math.PI))),
});

export const sigmoidOperator: Operator<NoAttributes> = unary({
  onnx: 'Sigmoid',
  f: logistic,
  rule: ({ y, dy }) => multiply(dy, multiply(y, complement(y))),
});

export const softplusOperator: Operator<NoAttributes> = unary({
  onnx: 'Softplus',
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  rule: ({ x, dy }) => multiply(dy, sigmoid(x)),
});

/** The derivative at 0 is 0, as in PyTorch. */
export const reluOperator: Operator<NoAttributes> = unary({
  onnx: 'Relu',
  f: (x) => Math.max(x, 0),
  rule: ({ y, dy }) => multiply(dy, complement(cast(greaterOrEqual(scalar(y, 0), y), 'float32'))),
});

/** The derivative at 0 is 0, as in PyTorch. */
export const absoluteOperator: Operator<NoAttributes> = unary({
  onnx: 'Abs',
  f: Math.abs,
  rule: ({ x, dy }) => multiply(dy, sign(x)),
});

/** 1, 0 or -1. */
function sign(x: Value): Value {
  const zero = scalar(x, 0);
  return subtract(cast(greaterOrEqual(x, zero), 'float32'), cast(greaterOrEqual(zero, x), 'float32'));
}

const ROOT_2_PI = Math.sqrt(2 * Math.PI);

/** Φ(x) + x φ(x), with the cumulative distribution Φ and density φ of a normal distribution. */
function exactGeluDerivative(x: Value): Value {
  const cumulative = shifted(scaled(erf(scaled(x, Math.SQRT1_2)), 0.5), 0.5);
  const density = scaled(exp(scaled(multiply(x, x), -0.5)), 1 / ROOT_2_PI);
  return add(cumulative, multiply(x, density));
}

/** With v = 2 √(2/π) (x + .044715 x³) the approximation is x σ(v), and x v' = 3 v - 4 √(2/π) x. */
const TANH_FACTOR = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

function tanhGeluDerivative(x: Value): Value {
  const v = multiply(x, shifted(scaled(multiply(x, x), CUBIC * TANH_FACTOR), TANH_FACTOR));
  const s = sigmoid(v);
  const slope = subtract(scaled(v, 3), scaled(x, 2 * TANH_FACTOR));
  return multiply(s, shifted(multiply(slope, complement(s)), 1));
}

export const geluOperator: Operator<{ readonly approximate: 'none' | 'tanh' }> = {
  infer(inputs) {
    expectCount(inputs, 1);
    expectElements('float32', inputs);
    return [inputs[0]!];
  },
  gradient({ inputs, dys, attributes }) {
    const x = inputs[0]!;
    const derivative = attributes.approximate === 'tanh' ? tanhGeluDerivative(x) : exactGeluDerivative(x);
    return [multiply(dys[0]!, derivative)];
  },
  evaluate([x], { attributes }) {
    const exact = (value: number): number => (value * (1 + erfOf(value * Math.SQRT1_2))) / 2;
    const approximate = (value: number): number =>
      value * logistic(TANH_FACTOR * (value + CUBIC * value ** 3));
    const f = attributes.approximate === 'tanh' ? approximate : exact;
    return [ndArray(x!.shape, (index) => f(x!.data[index]!))];
  },
  lower({ emit, inputs, outputs, outputTypes, attributes, int64 }) {
    const operator = attributes.approximate === 'tanh' ? 'FastGelu' : 'Gelu';
    if (operator === 'Gelu' || outputTypes[0]!.shape.length > 0)
      return void emit(operator, inputs, { outputs, domain: 'com.microsoft' });
    const row = emit('Reshape', [inputs[0]!, int64([1])]);
    emit('Reshape', [emit(operator, [row], { domain: 'com.microsoft' }), int64([])], { outputs });
  },
};

/** σ(x) + y (1 - σ(x)). */
export const siluOperator: Operator<NoAttributes> = {
  ...unary({
    onnx: 'QuickGelu',
    f: (x) => x * logistic(x),
    rule({ x, y, dy }) {
      const s = sigmoid(x);
      return multiply(dy, add(s, multiply(y, complement(s))));
    },
  }),
  lower: ({ emit, inputs, outputs }) =>
    void emit('QuickGelu', inputs, {
      outputs,
      domain: 'com.microsoft',
      attributes: { alpha: { float: 1 } },
    }),
};
