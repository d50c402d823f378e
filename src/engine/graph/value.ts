import type { OperatorAttributes, OperatorName } from './operator-attributes.ts';
import type { TensorType } from './tensor-type.ts';

/** Makes nodes; what values need of the graph they belong to. */
export interface NodeMaker {
  apply<Name extends OperatorName>(
    operator: Name,
    inputs: readonly Value[],
    attributes: OperatorAttributes[Name],
  ): readonly Value[];
  constant(type: TensorType, data: ConstantData): Value;
}

/** Numbers of a constant; those of float32 may be kept in float64, for the reference runtime. */
export type ConstantData = Float32Array | Float64Array | Int32Array;

/** Where a value comes from: given from outside, a number written into the graph, or computed. */
export type Origin =
  | { readonly kind: 'input' | 'parameter'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: ConstantData }
  | { readonly kind: 'node'; readonly node: Node; readonly output: number };

/** One tensor of a graph, with its type. */
export interface Value extends TensorType {
  /** Number within its graph, in the order of making. */
  readonly id: number;
  readonly graph: NodeMaker;
  readonly origin: Origin;
}

/** One application of an operator. */
export interface Node<Name extends OperatorName = OperatorName> {
  readonly operator: Name;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: OperatorAttributes[Name];
  /** The stack where it was made; formatted only when somebody looks. */
  readonly builtAt: { readonly stack?: string };
}
