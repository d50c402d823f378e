import type { NdArray } from '../../src/engine/graph/nd-array.ts';

/** The largest |found - expected| / (1 + |expected|); infinite where shapes differ or only one number is finite. */
export function largestDifference(found: NdArray, expected: NdArray): number {
  if (String(found.shape) !== String(expected.shape) || found.data.length !== expected.data.length)
    return Infinity;
  let largest = 0;
  for (const [index, value] of expected.data.entries()) {
    const difference = Math.abs(found.data[index]! - value) / (1 + Math.abs(value));
    if (Object.is(found.data[index]!, value) || found.data[index] === value) continue;
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
  }
  return largest;
}
