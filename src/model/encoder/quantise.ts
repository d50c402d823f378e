/** Inputs of a block that share a scale; a smaller matrix has blocks of its own length, rounded up to a power of two. */
const MOST_BLOCK = 128;
const LEAST_BLOCK = 16;
const MIDDLE = 128;
const MOST = 127;

/** A matrix in 8 bits as `MatMulNBits` takes it: bytes [outputs, blocks, block size], scales [outputs, blocks]. */
export interface MatrixBytes {
  readonly data: Uint8Array;
  readonly scales: Float32Array;
}

/** How many inputs share a scale in a matrix with so many inputs. */
export function blockSizeOf(inputs: number): number {
  let size = LEAST_BLOCK;
  while (size < MOST_BLOCK && size < inputs) size *= 2;
  return size;
}

/** Rounds a matrix [inputs, outputs] to 8 bits, each block of a column by its largest weight. */
export function quantiseMatrix(
  weights: Float32Array,
  [inputs, outputs]: readonly [number, number],
): MatrixBytes {
  const size = blockSizeOf(inputs);
  const blocks = Math.ceil(inputs / size);
  const data = new Uint8Array(outputs * blocks * size).fill(MIDDLE);
  const scales = new Float32Array(outputs * blocks);
  for (let index = 0; index < scales.length; index++) {
    const column = Math.floor(index / blocks);
    const from = (index % blocks) * size;
    const to = Math.min(inputs, from + size);
    let most = 0;
    for (let row = from; row < to; row++) most = Math.max(most, Math.abs(weights[row * outputs + column]!));
    scales[index] = most / MOST;
    if (most === 0) continue;
    for (let row = from; row < to; row++)
      data[index * size + row - from] = MIDDLE + Math.round((weights[row * outputs + column]! * MOST) / most);
  }
  return { data, scales };
}

/** A table in 8 bits: bytes [rows, width], one scale for each row. */
export interface TableBytes {
  readonly data: Int8Array;
  readonly scales: Float32Array;
}

/** Rounds a table [rows, width] to 8 bits, each row by its largest number. */
export function quantiseTable(weights: Float32Array, [rows, width]: readonly [number, number]): TableBytes {
  const data = new Int8Array(rows * width);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let most = 0;
    for (let at = row * width; at < (row + 1) * width; at++) most = Math.max(most, Math.abs(weights[at]!));
    scales[row] = most / MOST;
    if (most === 0) continue;
    for (let at = row * width; at < (row + 1) * width; at++)
      data[at] = Math.round((weights[at]! * MOST) / most);
  }
  return { data, scales };
}
