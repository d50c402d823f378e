import { TypeProblem } from './operator.ts';
import {
  broadcastShapes,
  type ElementType,
  formatShape,
  formatType,
  type Shape,
  type TensorType,
} from './tensor-type.ts';

/** Throws a `TypeProblem` unless all inputs have the element type. */
export function expectElements(type: ElementType, inputs: readonly TensorType[]): void {
  for (const [index, input] of inputs.entries()) {
    if (input.type !== type) throw new TypeProblem(`${type} for input ${index}`, formatType(input));
  }
}

/** Throws a `TypeProblem` unless the number of inputs is one of `counts`. */
export function expectCount(inputs: readonly TensorType[], ...counts: number[]): void {
  if (!counts.includes(inputs.length))
    throw new TypeProblem(`${counts.join(' or ')} inputs`, String(inputs.length));
}

/** Throws a `TypeProblem` unless an input has the rank. */
export function expectRank(input: TensorType, rank: number, what: string): void {
  if (input.shape.length !== rank) throw new TypeProblem(`${what} of rank ${rank}`, formatType(input));
}

/** Throws a `TypeProblem` unless an input has this shape. */
export function expectShape(input: TensorType, shape: Shape, what: string): void {
  if (formatShape(input.shape) !== formatShape(shape))
    throw new TypeProblem(`${what} of shape ${formatShape(shape)}`, formatType(input));
}

/** The common shape of elementwise inputs; throws a `TypeProblem` when lengths differ. */
export function expectBroadcast(inputs: readonly TensorType[]): Shape {
  return inputs
    .map(({ shape }) => shape)
    .reduce((a, b) => {
      const shape = broadcastShapes(a, b);
      if (shape === null)
        throw new TypeProblem(
          'shapes that are equal or 1 along each axis from the last',
          `${formatShape(a)} and ${formatShape(b)}`,
        );
      return shape;
    });
}
