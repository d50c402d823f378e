/** Numbers in float64 with their shape, row-major: what the reference runtime computes with. Integers and booleans are numbers too. */
export interface NdArray {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** An array filled by a function of the flat index. */
export function ndArray(shape: readonly number[], at: (index: number) => number): NdArray {
  const data = new Float64Array(shape.reduce((size, length) => size * length, 1));
  for (let index = 0; index < data.length; index++) data[index] = at(index);
  return { shape, data };
}

/** Elements to move for one step along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const length of shape.toReversed()) {
    strides.unshift(stride);
    stride *= length;
  }
  return strides;
}

/** For each element of an array of `shape`, the flat index that `strides` give it. */
export function indicesBy(shape: readonly number[], strides: readonly number[]): Int32Array {
  let indices = Int32Array.of(0);
  for (const [axis, length] of shape.entries()) {
    const next = new Int32Array(indices.length * length);
    for (let i = 0; i < indices.length; i++) {
      for (let j = 0; j < length; j++) next[i * length + j] = indices[i]! + j * strides[axis]!;
    }
    indices = next;
  }
  return indices;
}

/** For each element of `shape`, the flat index into an array of shape `from` that is broadcast to it. */
export function broadcastIndices(from: readonly number[], shape: readonly number[]): Int32Array {
  const padded = [...Array.from({ length: shape.length - from.length }, () => 1), ...from];
  const strides = stridesOf(padded).map((stride, axis) => (padded[axis] === 1 ? 0 : stride));
  return indicesBy(shape, strides);
}

/** For each element of `shape`, the flat index of its place in the array that is left when `axes` shrink to length 1. */
export function reducedIndices(shape: readonly number[], axes: readonly number[]): Int32Array {
  return broadcastIndices(
    shape.map((length, axis) => (axes.includes(axis) ? 1 : length)),
    shape,
  );
}
