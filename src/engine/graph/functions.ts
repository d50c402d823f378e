import type { Dimension } from './dimension.ts';
import type { ElementType, Shape } from './tensor-type.ts';
import type { Value } from './value.ts';

const NONE = {};

/** a + b, broadcast. */
export function add(a: Value, b: Value): Value {
  return a.graph.apply('add', [a, b], NONE)[0]!;
}

/** a - b, broadcast. */
export function subtract(a: Value, b: Value): Value {
  return a.graph.apply('subtract', [a, b], NONE)[0]!;
}

/** a × b elementwise, broadcast. */
export function multiply(a: Value, b: Value): Value {
  return a.graph.apply('multiply', [a, b], NONE)[0]!;
}

/** a / b elementwise, broadcast. */
export function divide(a: Value, b: Value): Value {
  return a.graph.apply('divide', [a, b], NONE)[0]!;
}

/** -x. */
export function negate(x: Value): Value {
  return x.graph.apply('negate', [x], NONE)[0]!;
}

/** eˣ. */
export function exp(x: Value): Value {
  return x.graph.apply('exp', [x], NONE)[0]!;
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return x.graph.apply('log', [x], NONE)[0]!;
}

/** √x. */
export function squareRoot(x: Value): Value {
  return x.graph.apply('squareRoot', [x], NONE)[0]!;
}

/** Hyperbolic tangent. */
export function tanh(x: Value): Value {
  return x.graph.apply('tanh', [x], NONE)[0]!;
}

/** Gauss error function. */
export function erf(x: Value): Value {
  return x.graph.apply('erf', [x], NONE)[0]!;
}

/** 1 / (1 + e⁻ˣ). */
export function sigmoid(x: Value): Value {
  return x.graph.apply('sigmoid', [x], NONE)[0]!;
}

/** log(1 + eˣ). */
export function softplus(x: Value): Value {
  return x.graph.apply('softplus', [x], NONE)[0]!;
}

/** max(x, 0). */
export function relu(x: Value): Value {
  return x.graph.apply('relu', [x], NONE)[0]!;
}

/** |x|. */
export function absolute(x: Value): Value {
  return x.graph.apply('absolute', [x], NONE)[0]!;
}

/** Gaussian error linear unit (arXiv 1606.08415), exact or with its tanh approximation. */
export function gelu(x: Value, approximate: 'none' | 'tanh' = 'none'): Value {
  return x.graph.apply('gelu', [x], { approximate })[0]!;
}

/** x × sigmoid(x). */
export function silu(x: Value): Value {
  return x.graph.apply('silu', [x], NONE)[0]!;
}

/** Whether a ≥ b, elementwise, broadcast. */
export function greaterOrEqual(a: Value, b: Value): Value {
  return a.graph.apply('greaterOrEqual', [a, b], NONE)[0]!;
}

/** a where the condition holds, else b; broadcast. */
export function where(condition: Value, a: Value, b: Value): Value {
  return a.graph.apply('where', [condition, a, b], NONE)[0]!;
}

/** The same numbers as another element type. */
export function cast(x: Value, to: ElementType): Value {
  return x.graph.apply('cast', [x], { to })[0]!;
}

export interface MatmulOptions {
  transposeA?: boolean;
  transposeB?: boolean;
  /** Multiplies the product. */
  scale?: number;
}

/** Product of the last two axes; the axes before are broadcast. */
export function matmul(a: Value, b: Value, options: MatmulOptions = {}): Value {
  const attributes = { transposeA: false, transposeB: false, scale: 1, ...options };
  return a.graph.apply('matmul', [a, b], attributes)[0]!;
}

/** A·B + C of matrices; C, of the result's shape or its last axis, may be left out. */
export function gemm(
  a: Value,
  b: Value,
  c: Value | null = null,
  options: { transposeA?: boolean; transposeB?: boolean } = {},
): Value {
  const attributes = { transposeA: false, transposeB: false, ...options };
  return a.graph.apply('gemm', c === null ? [a, b] : [a, b, c], attributes)[0]!;
}

/** Sum over axes, which stay with length 1; negative axes count from the last. */
export function sum(x: Value, axes: readonly number[]): Value {
  return x.graph.apply('sum', [x], { axes: normalAxes(x, axes) })[0]!;
}

/** Mean over axes, which stay with length 1; negative axes count from the last. */
export function mean(x: Value, axes: readonly number[]): Value {
  return x.graph.apply('mean', [x], { axes: normalAxes(x, axes) })[0]!;
}

function normalAxes(x: Value, axes: readonly number[]): number[] {
  return axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis)).toSorted((a, b) => a - b);
}

/** Softmax over the last axis. */
export function softmax(x: Value): Value {
  return x.graph.apply('softmax', [x], NONE)[0]!;
}

/**
 * Cross-entropy of each row [rows, classes] with its label [rows]: losses [rows]. A negative label is ignored: loss 0, gradient 0.
 * Smoothing moves that share of the target to all classes evenly (arXiv 1512.00567).
 */
export function crossEntropy(logits: Value, labels: Value, labelSmoothing = 0): Value {
  return logits.graph.apply('crossEntropy', [logits, labels], { labelSmoothing })[0]!;
}

/** Layer normalisation over the last axis (arXiv 1607.06450). */
export function layerNorm(x: Value, weight: Value, bias: Value, epsilon = 1e-5): Value {
  return x.graph.apply('layerNorm', [x, weight, bias], { epsilon })[0]!;
}

/** Root-mean-square normalisation over the last axis (arXiv 1910.07467). */
export function rmsNorm(x: Value, weight: Value, epsilon = 1e-6): Value {
  return x.graph.apply('rmsNorm', [x, weight], { epsilon })[0]!;
}

/**
 * softmax(q·kᵀ × scale + mask)·v for q, k, v of [batch, heads, time, head size]; the optional mask is added to the scores
 * [batch, heads, time, time] and is broadcast. Causal: nothing attends to what comes after it.
 */
export function attention(
  q: Value,
  k: Value,
  v: Value,
  { mask, scale, causal = false }: { mask?: Value; scale: number; causal?: boolean },
): Value {
  const inputs = mask === undefined ? [q, k, v] : [q, k, v, mask];
  return q.graph.apply('attention', inputs, { scale, causal })[0]!;
}

/** Rotary position embedding (arXiv 2104.09864) of x [..., time, size] by cosines and sines [time, size / 2], halves paired. */
export function rotary(x: Value, cosines: Value, sines: Value): Value {
  return x.graph.apply('rotary', [x, cosines, sines], NONE)[0]!;
}

/** The same elements in another shape. */
export function reshape(x: Value, shape: Shape): Value {
  return x.graph.apply('reshape', [x], { shape })[0]!;
}

/** Axes in another order. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  return x.graph.apply('transpose', [x], { permutation })[0]!;
}

/** Repeats axes of length 1 (and missing leading axes) up to a shape. */
export function expand(x: Value, shape: Shape): Value {
  return x.graph.apply('expand', [x], { shape })[0]!;
}

/** Joins values along an axis. */
export function concat(values: readonly [Value, ...Value[]], axis: number): Value {
  return values[0].graph.apply('concat', values, { axis })[0]!;
}

/** Elements `start` (included) to `end` (excluded) along an axis. */
export function slice(x: Value, range: { axis: number; start: number; end: number }): Value {
  return x.graph.apply('slice', [x], range)[0]!;
}

/** Zeros before and after along an axis. */
export function pad(x: Value, amount: { axis: number; before: number; after: number }): Value {
  return x.graph.apply('pad', [x], amount)[0]!;
}

/** Rows of a table by int32 indices: [...indices, ...row]. */
export function gather(table: Value, indices: Value): Value {
  return table.graph.apply('gather', [table, indices], NONE)[0]!;
}

/** A table of zeros to whose rows others are added, by int32 indices: what `gather` does, transposed. */
export function scatterRows(indices: Value, values: Value, rows: number): Value {
  return values.graph.apply('scatterRows', [indices, values], { rows })[0]!;
}

/** One element of each row [rows, columns] by int32 column [rows]: [rows, 1]. */
export function pick(x: Value, columns: Value): Value {
  return x.graph.apply('pick', [x, columns], NONE)[0]!;
}

/** Rows of zeros with one value each [rows, 1], at int32 columns [rows]: [rows, length]. */
export function place(values: Value, columns: Value, length: Dimension): Value {
  return values.graph.apply('place', [values, columns], { length })[0]!;
}

/** A number as a value of the same graph. */
export function scalar(like: Value, value: number): Value {
  return like.graph.constant({ type: 'float32', shape: [] }, Float64Array.of(value));
}

/** x × a number. */
export function scaled(x: Value, factor: number): Value {
  return factor === 1 ? x : multiply(x, scalar(x, factor));
}

/** x + a number. */
export function shifted(x: Value, amount: number): Value {
  return add(x, scalar(x, amount));
}
