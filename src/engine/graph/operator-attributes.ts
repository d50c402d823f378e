import type { Dimension } from './dimension.ts';
import type { ElementType } from './tensor-type.ts';

/** An operator that is told nothing but its inputs. */
export type NoAttributes = Readonly<Record<string, never>>;

interface Axes {
  readonly axes: readonly number[];
}

/** Every operator of a graph, with what it is told besides its inputs. An operator named here must have an entry in `OPERATORS`. */
export interface OperatorAttributes {
  add: NoAttributes;
  subtract: NoAttributes;
  multiply: NoAttributes;
  divide: NoAttributes;
  negate: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  squareRoot: NoAttributes;
  tanh: NoAttributes;
  erf: NoAttributes;
  sigmoid: NoAttributes;
  softplus: NoAttributes;
  relu: NoAttributes;
  absolute: NoAttributes;
  gelu: { readonly approximate: 'none' | 'tanh' };
  silu: NoAttributes;
  greaterOrEqual: NoAttributes;
  where: NoAttributes;
  cast: { readonly to: ElementType };
  matmul: { readonly transposeA: boolean; readonly transposeB: boolean; readonly scale: number };
  gemm: { readonly transposeA: boolean; readonly transposeB: boolean };
  /** Keeps reduced axes with length 1. */
  sum: Axes;
  /** Keeps reduced axes with length 1. */
  mean: Axes;
  softmax: NoAttributes;
  crossEntropy: { readonly labelSmoothing: number };
  layerNorm: { readonly epsilon: number };
  rmsNorm: { readonly epsilon: number };
  attention: { readonly scale: number; readonly causal: boolean };
  rotary: NoAttributes;
  reshape: { readonly shape: readonly Dimension[] };
  transpose: { readonly permutation: readonly number[] };
  expand: { readonly shape: readonly Dimension[] };
  concat: { readonly axis: number };
  slice: { readonly axis: number; readonly start: number; readonly end: number };
  pad: { readonly axis: number; readonly before: number; readonly after: number };
  gather: NoAttributes;
  scatterRows: { readonly rows: number };
  pick: NoAttributes;
  place: { readonly length: Dimension };
}

export type OperatorName = keyof OperatorAttributes;
