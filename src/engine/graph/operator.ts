import type { OnnxAttribute } from '../onnx/onnx-model.ts';
import type { Dimension } from './dimension.ts';
import type { NdArray } from './nd-array.ts';
import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import type { Shape, TensorType } from './tensor-type.ts';
import type { Value } from './value.ts';

/** What a differentiation rule knows: y = f(x) and the derivative of the loss by each y. */
export interface GradientContext<Attributes> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  /** null where the loss does not depend on the output. */
  readonly dys: readonly (Value | null)[];
  readonly attributes: Attributes;
  /** Whether anybody asks for the gradient of an input. */
  needs(input: number): boolean;
}

/** Where an operator is written as ONNX. */
export interface LoweringContext<Attributes> {
  readonly attributes: Attributes;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly inputTypes: readonly TensorType[];
  readonly outputTypes: readonly TensorType[];
  /** Adds a node and gives the name of its first output; names of outputs that are left out are made. */
  emit(
    operator: string,
    inputs: readonly string[],
    options?: {
      outputs?: readonly string[];
      attributes?: Readonly<Record<string, OnnxAttribute>>;
      domain?: 'com.microsoft';
    },
  ): string;
  float(value: number): string;
  int32(value: number): string;
  /** The numbers are made only when there is room for them. */
  float32(shape: readonly number[], data: () => Float32Array): string;
  int64(values: readonly number[]): string;
  /** An int64 tensor that holds a shape, lengths known at run time included. */
  shape(shape: Shape): string;
}

/** How many multiplications and additions; a matrix product of m × k and k × n counts 2 m k n. */
export type Flops = readonly Dimension[];

/** All that is known of one operator. */
export interface Operator<Attributes> {
  /** Types of the outputs. Throws a `TypeProblem` when the inputs do not fit. */
  infer(inputs: readonly TensorType[], attributes: Attributes): readonly TensorType[];
  /** Gradients of the loss by each input (null: none); `null` instead of a rule where nothing can be differentiated. */
  readonly gradient: ((context: GradientContext<Attributes>) => readonly (Value | null)[]) | null;
  /** The definition, in float64. */
  evaluate(
    inputs: readonly NdArray[],
    context: { attributes: Attributes; shapes: readonly (readonly number[])[] },
  ): readonly NdArray[];
  lower(context: LoweringContext<Attributes>): void;
  /** Factors of the number of operations; left out: one for each element of the first output. */
  flops?(inputs: readonly TensorType[], outputs: readonly TensorType[], attributes: Attributes): Flops;
}

/** One entry for every name in `OperatorAttributes`. */
export type OperatorTable = {
  readonly [Name in OperatorName]: Operator<OperatorAttributes[Name]>;
};

/** What `infer` throws; the graph adds the node and where it was built. */
export class TypeProblem extends Error {
  readonly expected: string;
  readonly found: string;

  constructor(expected: string, found: string) {
    super(`expected ${expected}; found ${found}`);
    this.name = 'TypeProblem';
    this.expected = expected;
    this.found = found;
  }
}
