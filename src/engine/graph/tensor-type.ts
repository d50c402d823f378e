import { type Dimension, product } from './dimension.ts';

/** Element types of graph values. `bool` exists only inside a graph. */
export type ElementType = 'float32' | 'int32' | 'bool';

export type Shape = readonly Dimension[];

/** What is known of a value before it is computed. */
export interface TensorType {
  readonly type: ElementType;
  readonly shape: Shape;
}

/** `float32[batch, 64]`. */
export function formatType({ type, shape }: TensorType): string {
  return `${type}${formatShape(shape)}`;
}

/** `[batch, 64]`. */
export function formatShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** How many elements. */
export function sizeOf(shape: Shape): Dimension {
  return product(shape);
}

/** How many numbers a known shape holds. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, length) => count * length, 1);
}

/** Whether two shapes are the same, names included. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** The shape of an elementwise result (NumPy's broadcasting), or null where lengths differ. */
export function broadcastShapes(a: Shape, b: Shape): Shape | null {
  const rank = Math.max(a.length, b.length);
  const shape: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) return null;
    shape.push(left === 1 ? right : left);
  }
  return shape;
}
