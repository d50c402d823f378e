import { expectCount, expectElements, expectShape } from '../expectations.ts';
import { mean, multiply, subtract } from '../functions.ts';
import { ndArray } from '../nd-array.ts';
import type { OperatorAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { formatType, type TensorType } from '../tensor-type.ts';
import type { Value } from '../value.ts';
import { unbroadcast } from './unbroadcast.ts';

function inferNorm(inputs: readonly TensorType[]): { y: TensorType; statistic: TensorType } {
  expectElements('float32', inputs);
  const [x] = inputs as [TensorType];
  if (typeof x.shape.at(-1) !== 'number') throw new TypeProblem('a last axis of known length', formatType(x));
  for (const weight of inputs.slice(1)) expectShape(weight, [x.shape.at(-1)!], 'a weight');
  return { y: x, statistic: { type: 'float32', shape: [...x.shape.slice(0, -1), 1] } };
}

/** Outputs y, mean and 1 / √(variance + ε). */
export const layerNormOperator: Operator<OperatorAttributes['layerNorm']> = {
  infer(inputs) {
    expectCount(inputs, 3);
    const { y, statistic } = inferNorm(inputs);
    return [y, statistic, statistic];
  },
  gradient({ inputs, outputs, dys, needs }) {
    const [x, weight] = inputs as [Value, Value];
    const [, average, inverse] = outputs as [Value, Value, Value];
    const dy = dys[0]!;
    const normal = multiply(subtract(x, average), inverse);
    const dx = (): Value => {
      const g = multiply(dy, weight);
      const along = mean(multiply(g, normal), [-1]);
      return multiply(subtract(subtract(g, mean(g, [-1])), multiply(normal, along)), inverse);
    };
    return [
      needs(0) ? dx() : null,
      needs(1) ? unbroadcast(multiply(dy, normal), weight.shape) : null,
      needs(2) ? unbroadcast(dy, weight.shape) : null,
    ];
  },
  evaluate([x, weight, bias], { attributes: { epsilon }, shapes: [shape, statistic] }) {
    const width = shape!.at(-1)!;
    const [y, average, inverse] = [
      ndArray(shape!, () => 0),
      ndArray(statistic!, () => 0),
      ndArray(statistic!, () => 0),
    ];
    for (let row = 0; row < average.data.length; row++) {
      const values = x!.data.subarray(row * width, (row + 1) * width);
      const mu = values.reduce((a, b) => a + b, 0) / width;
      const variance = values.reduce((a, b) => a + (b - mu) ** 2, 0) / width;
      average.data[row] = mu;
      inverse.data[row] = 1 / Math.sqrt(variance + epsilon);
      for (const [at, value] of values.entries())
        y.data[row * width + at] = (value - mu) * inverse.data[row]! * weight!.data[at]! + bias!.data[at]!;
    }
    return [y, average, inverse];
  },
  lower: ({ emit, inputs, outputs, attributes: { epsilon } }) =>
    void emit('LayerNormalization', inputs, {
      outputs,
      attributes: { axis: -1, epsilon: { float: epsilon } },
    }),
  flops: (inputs) => [8, ...inputs[0]!.shape],
};

/** Outputs y and 1 / √(mean square + ε). */
export const rmsNormOperator: Operator<OperatorAttributes['rmsNorm']> = {
  infer(inputs) {
    expectCount(inputs, 2);
    const { y, statistic } = inferNorm(inputs);
    return [y, statistic];
  },
  gradient({ inputs, outputs, dys, needs }) {
    const [x, weight] = inputs as [Value, Value];
    const inverse = outputs[1]!;
    const dy = dys[0]!;
    const normal = multiply(x, inverse);
    const dx = (): Value => {
      const g = multiply(dy, weight);
      const along = mean(multiply(g, normal), [-1]);
      return multiply(subtract(g, multiply(normal, along)), inverse);
    };
    return [needs(0) ? dx() : null, needs(1) ? unbroadcast(multiply(dy, normal), weight.shape) : null];
  },
  evaluate([x, weight], { attributes: { epsilon }, shapes: [shape, statistic] }) {
    const width = shape!.at(-1)!;
    const inverse = ndArray(statistic!, (row) => {
      const values = x!.data.subarray(row * width, (row + 1) * width);
      return 1 / Math.sqrt(values.reduce((a, b) => a + b * b, 0) / width + epsilon);
    });
    const y = ndArray(
      shape!,
      (at) => x!.data[at]! * inverse.data[Math.floor(at / width)]! * weight!.data[at % width]!,
    );
    return [y, inverse];
  },
  lower: ({ emit, inputs, outputs, attributes: { epsilon } }) =>
    void emit('SimplifiedLayerNormalization', inputs, {
      outputs,
      attributes: { axis: -1, epsilon: { float: epsilon } },
    }),
  flops: (inputs) => [5, ...inputs[0]!.shape],
};
