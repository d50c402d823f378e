/**
 * Sparse features of consecutive texts, in memory that threads share. Text i has entries starts[i] to starts[i + 1] - 1, of
 * which those before wordEnds[i] are words. First `rows` holds buckets and `values` 1 + ln(count); once weighed, `rows` holds
 * rows and `values` tf-idf with each block of length 1.
 */
export interface FeatureChunk {
  starts: Uint32Array;
  wordEnds: Uint32Array;
  rows: Uint32Array;
  values: Float32Array;
}

/** Texts in a chunk. */
export function textsOf(chunk: FeatureChunk): number {
  return chunk.wordEnds.length;
}

/** A copy of numbers in memory that threads share. */
export function sharedNumbers(numbers: ArrayLike<number>): Uint32Array {
  const result = new Uint32Array(new SharedArrayBuffer(4 * numbers.length));
  result.set(numbers);
  return result;
}
