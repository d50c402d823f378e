import type { ClassSlice } from './slice-trainer.ts';

/** Weights of a slice as the kernel holds them, and the whole matrix they go to. */
export interface ColumnQuantisation {
  /** Rows × stride, rounded in place to what 8 bits can say. */
  weights: Float32Array;
  stride: number;
  slice: ClassSlice;
  /** Rows × classes, zeros at first. */
  quantised: Int8Array;
  /** One per class: weight = scale × integer. */
  scales: Float32Array;
  classes: number;
}

/** Symmetric 8-bit quantisation, one scale per class. */
export function quantiseColumns(columns: ColumnQuantisation): void {
  const { weights, stride, slice, quantised, scales, classes } = columns;
  const width = slice.to - slice.from;
  const rows = weights.length / stride;
  const largest = largestOfColumns(weights, stride, width);
  for (let column = 0; column < width; column++) scales[slice.from + column] = largest[column]! / 127;
  const own = scales.slice(slice.from, slice.to);
  const inverse = Float64Array.from(own, (scale) => (scale === 0 ? 0 : 1 / scale));
  for (let row = 0; row < rows; row++) {
    const from = row * stride;
    const to = row * classes + slice.from;
    for (let column = 0; column < width; column++) {
      const weight = weights[from + column]!;
      if (weight === 0) continue;
      const integer = Math.floor(weight * inverse[column]! + 0.5);
      quantised[to + column] = integer;
      weights[from + column] = integer * own[column]!;
    }
  }
}

function largestOfColumns(weights: Float32Array, stride: number, width: number): Float32Array {
  const largest = new Float32Array(width);
  for (let at = 0; at < weights.length; at += stride) {
    for (let column = 0; column < width; column++) {
      const size = Math.abs(weights[at + column]!);
      if (size > largest[column]!) largest[column] = size;
    }
  }
  return largest;
}
