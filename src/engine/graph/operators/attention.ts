import type { Dimension } from '../dimension.ts';
import { expectBroadcast, expectCount, expectElements, expectRank, expectShape } from '../expectations.ts';
import { add, concat, matmul, multiply, negate, pad, rotary, slice, subtract, sum } from '../functions.ts';
import { broadcastIndices, type NdArray, ndArray } from '../nd-array.ts';
import type { NoAttributes, OperatorAttributes } from '../operator-attributes.ts';
import { type Operator, TypeProblem } from '../operator.ts';
import { formatType, type TensorType } from '../tensor-type.ts';
import type { Value } from '../value.ts';
import { matmulOperator } from './products.ts';
import { softmaxRows } from './reductions.ts';
import { unbroadcast } from './unbroadcast.ts';

/** Added to the scores of what must not be seen. */
export const MASKED = -1e9;

/** Queries that are computed together, from `start` to before `end`. */
interface QueryBlock {
  readonly start: number;
  readonly end: number;
}

const LEAST_BLOCK = 64;
const MOST_BLOCKS = 4;

/** Causal queries in blocks: those of one need no keys after its end. Otherwise all in one. */
function queryBlocks(
  { causal }: OperatorAttributes['attention'],
  [q, , , mask]: readonly TensorType[],
): readonly [QueryBlock, ...QueryBlock[]] {
  const time = q!.shape[2]!;
  if (typeof time === 'string') return [{ start: 0, end: 0 }];
  if (!causal || mask !== undefined) return [{ start: 0, end: time }];
  const count = Math.max(1, Math.min(MOST_BLOCKS, Math.floor(time / LEAST_BLOCK)));
  const edge = (block: number): number => Math.floor((time * block) / count);
  const blocks = Array.from({ length: count }, (_, block) => ({ start: edge(block), end: edge(block + 1) }));
  return blocks as [QueryBlock, ...QueryBlock[]];
}

/**
 * Outputs o and the probabilities of each block of queries. With D = Σ dO ∘ O the scores' gradient is P ∘ (dO·Vᵀ - D)
 * (arXiv 2205.14135).
 */
export const attentionOperator: Operator<OperatorAttributes['attention']> = {
  infer(inputs, attributes) {
    expectCount(inputs, 3, 4);
    expectElements('float32', inputs);
    const [q, k, v, mask] = inputs as [TensorType, TensorType, TensorType, TensorType?];
    for (const [name, input] of Object.entries({ q, k, v })) expectRank(input, 4, name);
    const [batch, heads, time] = q.shape as [Dimension, Dimension, Dimension];
    expectShape(k, [batch, heads, k.shape[2]!, q.shape[3]!], 'k');
    expectShape(v, [batch, heads, k.shape[2]!, v.shape[3]!], 'v');
    if (attributes.causal && (typeof time === 'string' || time !== k.shape[2]))
      throw new TypeProblem(
        'equal and known times for causal attention',
        `${formatType(q)} and ${formatType(k)}`,
      );
    const scores: TensorType = { type: 'float32', shape: [batch, heads, time, k.shape[2]!] };
    if (mask !== undefined && String(expectBroadcast([scores, mask])) !== String(scores.shape))
      throw new TypeProblem(`a mask that broadcasts to ${formatType(scores)}`, formatType(mask));
    const blocks = queryBlocks(attributes, inputs);
    const probabilities =
      blocks.length === 1
        ? [scores]
        : blocks.map(({ start, end }) => ({ ...scores, shape: [batch, heads, end - start, end] }));
    return [{ type: 'float32', shape: [batch, heads, time, v.shape[3]!] }, ...probabilities];
  },
  gradient({ inputs, outputs, dys, attributes, needs }) {
    const [q, k, v, mask] = inputs as [Value, Value, Value, Value?];
    const [o, ...probabilities] = outputs as [Value, ...Value[]];
    const dO = dys[0]!;
    const d = sum(multiply(dO, o), [-1]);
    const { scale } = attributes;
    const parts = queryBlocks(attributes, inputs).map(({ start, end }, block) => {
      const whole = probabilities.length === 1;
      const rows = (x: Value): Value => (whole ? x : slice(x, { axis: 2, start, end }));
      const seen = (x: Value): Value => (whole ? x : slice(x, { axis: 2, start: 0, end }));
      const p = probabilities[block]!;
      const ds = multiply(p, subtract(matmul(rows(dO), seen(v), { transposeB: true }), rows(d)));
      return {
        ds,
        dq: (): Value => matmul(ds, seen(k), { scale }),
        dk: (): Value => matmul(ds, rows(q), { transposeA: true, scale }),
        dv: (): Value => matmul(p, rows(dO), { transposeA: true }),
      };
    });
    return [
      needs(0) ? joined(parts.map(({ dq }) => dq())) : null,
      needs(1) ? sumOfHeads(parts.map(({ dk }) => dk())) : null,
      needs(2) ? sumOfHeads(parts.map(({ dv }) => dv())) : null,
      ...(mask === undefined ? [] : [needs(3) ? unbroadcast(parts[0]!.ds, mask.shape) : null]),
    ];
  },
  evaluate([q, k, v, mask], { attributes: { scale, causal }, shapes: [shape, ...blocks] }) {
    const product = { transposeA: false, transposeB: true, scale };
    const scoreShape = [...shape!.slice(0, 3), k!.shape[2]!];
    const [scores] = matmulOperator.evaluate([q!, k!], { attributes: product, shapes: [scoreShape] });
    const [times, width] = [scoreShape[2]!, scoreShape[3]!];
    const from = mask === undefined ? null : broadcastIndices(mask.shape, scoreShape);
    const masked = ndArray(scoreShape, (at) => {
      if (causal && at % width > Math.floor(at / width) % times) return MASKED;
      return scores!.data[at]! + (from === null ? 0 : mask!.data[from[at]!]!);
    });
    const p = softmaxRows(masked);
    const plain = { transposeA: false, transposeB: false, scale: 1 };
    let start = 0;
    const probabilities = blocks.map((block) => {
      const corner = cornerOf(p, block, start);
      start += block[2]!;
      return corner;
    });
    return [...matmulOperator.evaluate([p, v!], { attributes: plain, shapes: [shape!] }), ...probabilities];
  },
  lower(context) {
    const { emit, inputs, outputs, inputTypes, attributes, float32, int64 } = context;
    const [q, k, v, mask] = inputs as [string, string, string, string?];
    const [o, ...probabilities] = outputs as [string, ...string[]];
    const blocks = queryBlocks(attributes, inputTypes);
    const part = (x: string, start: number, end: number): string =>
      blocks.length === 1 ? x : emit('Slice', [x, int64([start]), int64([end]), int64([2])]);
    const product = { transB: 1, alpha: { float: attributes.scale } };
    const parts = blocks.map(({ start, end }, block) => {
      let scores = emit('FusedMatMul', [part(q, start, end), part(k, 0, end)], {
        domain: 'com.microsoft',
        attributes: product,
      });
      if (mask !== undefined) scores = emit('Add', [scores, mask]);
      if (attributes.causal)
        scores = emit('Add', [scores, float32([end - start, end], () => causalMask(start, end))]);
      emit('Softmax', [scores], { outputs: [probabilities[block]!], attributes: { axis: -1 } });
      const last = blocks.length === 1 ? { outputs: [o] } : {};
      return emit('MatMul', [probabilities[block]!, part(v, 0, end)], last);
    });
    if (blocks.length > 1) emit('Concat', parts, { outputs: [o], attributes: { axis: 2 } });
  },
  flops([q, , v], [, ...blocks]) {
    const pairs =
      blocks.length === 1
        ? blocks[0]!.shape.slice(2)
        : [blocks.reduce((sum, { shape }) => sum + Number(shape[2]) * Number(shape[3]), 0)];
    return [4, ...pairs, ...q!.shape.slice(0, 2), v!.shape[3]!];
  },
};

/** Gradients of queries by blocks, one after the other. */
function joined([first, ...others]: readonly Value[]): Value {
  return others.length === 0 ? first! : concat([first!, ...others], 2);
}

/** Sums gradients of keys or values by blocks, each of which reaches up to its end. */
function sumOfHeads(parts: readonly Value[]): Value {
  return parts.reduce((shorter, longer) => {
    const after = Number(longer.shape[2]) - Number(shorter.shape[2]);
    return add(pad(shorter, { axis: 2, before: 0, after }), longer);
  });
}

/** Rows from `start` on of the last two axes, as many and as long as `shape` says. */
function cornerOf({ data, shape: whole }: NdArray, shape: readonly number[], start: number): NdArray {
  const [rows, columns] = [shape[2]!, shape[3]!];
  return ndArray(shape, (at) => {
    const matrix = Math.floor(at / (rows * columns));
    const row = start + (Math.floor(at / columns) % rows);
    return data[(matrix * whole[2]! + row) * whole[3]! + (at % columns)]!;
  });
}

/** For queries from `start` to before `end` and the keys before `end`. */
function causalMask(start: number, end: number): Float32Array {
  const mask = new Float32Array((end - start) * end);
  for (let row = start; row < end; row++)
    mask.fill(MASKED, (row - start) * end + row + 1, (row - start + 1) * end);
  return mask;
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
