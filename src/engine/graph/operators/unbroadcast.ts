import { reshape, sum } from '../functions.ts';
import { formatShape, type Shape } from '../tensor-type.ts';
import type { Value } from '../value.ts';

/** The gradient of a value of `shape` that was broadcast: summed over the axes it was repeated along. */
export function unbroadcast(dy: Value, shape: Shape): Value {
  if (formatShape(dy.shape) === formatShape(shape)) return dy;
  const missing = dy.shape.length - shape.length;
  const axes = dy.shape
    .keys()
    .filter((axis) => axis < missing || (shape[axis - missing] === 1 && dy.shape[axis] !== 1))
    .toArray();
  const summed = axes.length === 0 ? dy : sum(dy, axes);
  return missing === 0 ? summed : reshape(summed, shape);
}
