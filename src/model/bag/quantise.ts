import type { ClassSlice } from './slice-trainer.ts';

/** Weights of a slice as the kernel holds them, and the whole matrix they go to. */
export interface ColumnQuantisation {
  /** Rows × stride, rounded in place to what 8 bits can say. */
  weights: Float32Array;
  stride: number;
  slice: ClassSlice;
  /** Rows × classes. */
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
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const scale = scales[slice.from + column]!;
      const at = row * stride + column;
      const integer = scale === 0 ? 0 : Math.round(weights[at]! / scale);
      quantised[row * classes + slice.from + column] = integer;
      weights[at] = integer * scale;
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
