import { expectBroadcast, expectCount, expectElements, expectRank, expectShape } from '../expectations.ts';
import { add, matmul, multiply, negate, rotary, slice, subtract, sum } from '../functions.ts';
import { broadcastIndices, ndArray } from '../nd-array.ts';
import type { NoAttributes, OperatorAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { formatType, type TensorType } from '../tensor-type.ts';
import type { Value } from '../value.ts';
import { matmulOperator } from './products.ts';
import { softmaxRows } from './reductions.ts';
import { unbroadcast } from './unbroadcast.ts';

/** Added to the scores of what must not be seen. */
export const MASKED = -1e9;

/** Outputs o and the probabilities. With D = Σ dO ∘ O the scores' gradient is P ∘ (dO·Vᵀ - D) (arXiv 2205.14135). */
export const attentionOperator: Operator<OperatorAttributes['attention']> = {
  infer(inputs, { causal }) {
    expectCount(inputs, 3, 4);
    expectElements('float32', inputs);
    const [q, k, v, mask] = inputs as [TensorType, TensorType, TensorType, TensorType?];
    for (const [name, input] of Object.entries({ q, k, v })) expectRank(input, 4, name);
    const [batch, heads, time] = q.shape;
    expectShape(k, [batch!, heads!, k.shape[2]!, q.shape[3]!], 'k');
    expectShape(v, [batch!, heads!, k.shape[2]!, v.shape[3]!], 'v');
    const scores: TensorType = { type: 'float32', shape: [batch!, heads!, time!, k.shape[2]!] };
    if (causal && (typeof time === 'string' || time !== k.shape[2]))
      throw new TypeProblem(
        'equal and known times for causal attention',
        `${formatType(q)} and ${formatType(k)}`,
      );
    if (mask !== undefined && String(expectBroadcast([scores, mask])) !== String(scores.shape))
      throw new TypeProblem(`a mask that broadcasts to ${formatType(scores)}`, formatType(mask));
    return [{ type: 'float32', shape: [batch!, heads!, time!, v.shape[3]!] }, scores];
  },
  gradient({ inputs, outputs, dys, attributes: { scale }, needs }) {
    const [q, k, v, mask] = inputs as [Value, Value, Value, Value?];
    const [o, p] = outputs as [Value, Value];
    const dO = dys[0]!;
    const d = sum(multiply(dO, o), [-1]);
    const ds = multiply(p, subtract(matmul(dO, v, { transposeB: true }), d));
    return [
      needs(0) ? matmul(ds, k, { scale }) : null,
      needs(1) ? matmul(ds, q, { transposeA: true, scale }) : null,
      needs(2) ? matmul(p, dO, { transposeA: true }) : null,
      ...(mask === undefined ? [] : [needs(3) ? unbroadcast(ds, mask.shape) : null]),
    ];
  },
  evaluate([q, k, v, mask], { attributes: { scale, causal }, shapes: [shape, scoreShape] }) {
    const product = { transposeA: false, transposeB: true, scale };
    const [scores] = matmulOperator.evaluate([q!, k!], { attributes: product, shapes: [scoreShape!] });
    const [times, width] = [scoreShape![2]!, scoreShape![3]!];
    const from = mask === undefined ? null : broadcastIndices(mask.shape, scoreShape!);
    const masked = ndArray(scoreShape!, (at) => {
      if (causal && at % width > Math.floor(at / width) % times) return MASKED;
      return scores!.data[at]! + (from === null ? 0 : mask!.data[from[at]!]!);
    });
    const p = softmaxRows(masked);
    const plain = { transposeA: false, transposeB: false, scale: 1 };
    return [...matmulOperator.evaluate([p, v!], { attributes: plain, shapes: [shape!] }), p];
  },
  lower({ emit, inputs, outputs, outputTypes, attributes: { scale, causal }, float32 }) {
    const [q, k, v, mask] = inputs as [string, string, string, string?];
    const attributes = { transB: 1, alpha: { float: scale } };
    let scores = emit('FusedMatMul', [q, k], { domain: 'com.microsoft', attributes });
    if (mask !== undefined) scores = emit('Add', [scores, mask]);
    if (causal) scores = emit('Add', [scores, float32(...causalMask(Number(outputTypes[1]!.shape[2])))]);
    emit('Softmax', [scores], { outputs: [outputs[1]!], attributes: { axis: -1 } });
    emit('MatMul', [outputs[1]!, v], { outputs: [outputs[0]!] });
  },
  flops: ([, , v], [, scores]) => [4, ...scores!.shape, v!.shape[3]!],
};

function causalMask(times: number): [readonly number[], Float32Array] {
  const mask = new Float32Array(times * times);
  for (let row = 0; row < times; row++) mask.fill(MASKED, row * times + row + 1, (row + 1) * times);
  return [[times, times], mask];
}

function halves(x: Value): [Value, Value] {
  const axis = x.shape.length - 1;
  const size = Number(x.shape[axis]);
  return [slice(x, { axis, start: 0, end: size / 2 }), slice(x, { axis, start: size / 2, end: size })];
}

/** The halves (a, b) of the last axis become (a cos - b sin, b cos + a sin). */
export const rotaryOperator: Operator<NoAttributes> = {
  infer(inputs) {
    expectCount(inputs, 3);
    expectElements('float32', inputs);
    const [x, cosines, sines] = inputs as [TensorType, TensorType, TensorType];
    const size = x.shape.at(-1);
    if (x.shape.length < 2 || typeof size !== 'number' || size % 2 !== 0)
      throw new TypeProblem('x of [..., time, an even number]', formatType(x));
    expectShape(cosines, [x.shape.at(-2)!, size / 2], 'cosines');
    expectShape(sines, [x.shape.at(-2)!, size / 2], 'sines');
    return [x];
  },
  gradient({ inputs, dys, needs }) {
    const [x, cosines, sines] = inputs as [Value, Value, Value];
    const dy = dys[0]!;
    const [a, b] = halves(x);
    const [da, db] = halves(dy);
    return [
      needs(0) ? rotary(dy, cosines, negate(sines)) : null,
      needs(1) ? unbroadcast(add(multiply(da, a), multiply(db, b)), cosines.shape) : null,
      needs(2) ? unbroadcast(subtract(multiply(db, a), multiply(da, b)), sines.shape) : null,
    ];
  },
  evaluate([x, cosines, sines]) {
    const size = x!.shape.at(-1)!;
    const half = size / 2;
    const times = x!.shape.at(-2)!;
    return [
      ndArray(x!.shape, (at) => {
        const [column, time] = [at % size, Math.floor(at / size) % times];
        const angle = time * half + (column % half);
        const other = column < half ? -x!.data[at + half]! : x!.data[at - half]!;
        return x!.data[at]! * cosines!.data[angle]! + other * sines!.data[angle]!;
      }),
    ];
  },
  lower({ emit, inputs: [x, cosines, sines], outputs, inputTypes, int64 }) {
    const size = Number(inputTypes[0]!.shape.at(-1));
    const part = (start: number, end: number): string =>
      emit('Slice', [x!, int64([start]), int64([end]), int64([-1])]);
    const [a, b] = [part(0, size / 2), part(size / 2, size)];
    const mul = (left: string, right: string): string => emit('Mul', [left, right]);
    const first = emit('Sub', [mul(a, cosines!), mul(b, sines!)]);
    const second = emit('Add', [mul(b, cosines!), mul(a, sines!)]);
    emit('Concat', [first, second], { outputs, attributes: { axis: -1 } });
  },
  flops: (inputs) => [3, ...inputs[0]!.shape],
};
