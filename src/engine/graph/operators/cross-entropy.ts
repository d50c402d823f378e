import { expectCount, expectElements, expectRank, expectShape } from '../expectations.ts';
import {
  add,
  cast,
  exp,
  greaterOrEqual,
  multiply,
  negate,
  place,
  reshape,
  scaled,
  where,
} from '../functions.ts';
import { ndArray } from '../nd-array.ts';
import type { OperatorAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { formatType, type TensorType } from '../tensor-type.ts';
import type { Value } from '../value.ts';
import { softmaxRows } from './reductions.ts';

/**
 * Outputs losses [rows] and log-probabilities [rows, classes]. The gradient by the logits is (softmax - target) × the gradient by the
 * loss, with target = (1 - s) one-hot + s / classes.
 */
export const crossEntropyOperator: Operator<OperatorAttributes['crossEntropy']> = {
  infer(inputs, { labelSmoothing }) {
    expectCount(inputs, 2);
    const [logits, labels] = inputs as [TensorType, TensorType];
    expectRank(logits, 2, 'logits');
    expectElements('float32', [logits]);
    if (labels.type !== 'int32') throw new TypeProblem('int32 labels', formatType(labels));
    expectShape(labels, [logits.shape[0]!], 'labels');
    if (typeof logits.shape[1] === 'string')
      throw new TypeProblem('a known number of classes', formatType(logits));
    if (!(labelSmoothing >= 0 && labelSmoothing < 1))
      throw new TypeProblem('label smoothing from 0 to below 1', String(labelSmoothing));
    return [{ type: 'float32', shape: [logits.shape[0]!] }, logits];
  },
  gradient({ inputs, outputs, dys, attributes: { labelSmoothing } }) {
    const [logits, labels] = inputs as [Value, Value];
    const [rows, classes] = [logits.shape[0]!, Number(logits.shape[1])];
    const { counts, safe } = countedLabels(labels);
    const weight = reshape(multiply(dys[0]!, counts), [rows, 1]);
    const expected = multiply(exp(outputs[1]!), weight);
    const smooth = labelSmoothing === 0 ? expected : add(expected, scaled(weight, -labelSmoothing / classes));
    return [add(smooth, place(scaled(negate(weight), 1 - labelSmoothing), safe, classes)), null];
  },
  evaluate([logits, labels], { attributes: { labelSmoothing }, shapes: [rows] }) {
    const width = logits!.shape[1]!;
    const probabilities = softmaxRows(logits!);
    const logs = ndArray(logits!.shape, (at) => {
      const row = Math.floor(at / width);
      const first = logits!.data[row * width]! - logits!.data[at]!;
      return probabilities.data[at]! > 1e-300
        ? Math.log(probabilities.data[at]!)
        : Math.log(probabilities.data[row * width]!) - first;
    });
    const losses = ndArray(rows!, (row) => {
      const label = labels!.data[row]!;
      if (label < 0) return 0;
      const values = logs.data.subarray(row * width, (row + 1) * width);
      const average = values.reduce((a, b) => a + b, 0) / width;
      return -(1 - labelSmoothing) * values[label]! - labelSmoothing * average;
    });
    return [losses, logs];
  },
  lower({ emit, inputs, outputs, inputTypes, attributes: { labelSmoothing }, shape, int64, int32, float }) {
    const rows = inputTypes[0]!.shape[0]!;
    const [losses, logs] = outputs as [string, string];
    emit('LogSoftmax', [inputs[0]!], { outputs: [logs], attributes: { axis: -1 } });
    const valid = emit('GreaterOrEqual', [inputs[1]!, int32(0)]);
    const safe = emit('Where', [valid, inputs[1]!, int32(0)]);
    const column = emit('Reshape', [safe, shape([rows, 1])]);
    const picked = emit('GatherElements', [logs, column], { attributes: { axis: 1 } });
    const right = emit('Reshape', [picked, shape([rows])]);
    const smoothed = (): string => {
      const average = emit('ReduceMean', [logs, int64([1])], { attributes: { keepdims: 0 } });
      const one = emit('Mul', [right, float(labelSmoothing - 1)]);
      return emit('Add', [one, emit('Mul', [average, float(-labelSmoothing)])]);
    };
    const all = labelSmoothing === 0 ? emit('Neg', [right]) : smoothed();
    emit('Where', [valid, all, float(0)], { outputs: [losses] });
  },
  flops: (inputs) => [4, ...inputs[0]!.shape],
};

/** 1 for labels that count and 0 for ignored ones, and labels that are valid indices. */
function countedLabels(labels: Value): { counts: Value; safe: Value } {
  const zero = labels.graph.constant({ type: 'int32', shape: [] }, Int32Array.of(0));
  const valid = greaterOrEqual(labels, zero);
  return { counts: cast(valid, 'float32'), safe: where(valid, labels, zero) };
}
