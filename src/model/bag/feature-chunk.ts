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

/** An empty chunk for this many texts and entries. */
export function allocateChunk(texts: number, entries: number): FeatureChunk {
  return {
    starts: new Uint32Array(new SharedArrayBuffer(4 * (texts + 1))),
    wordEnds: new Uint32Array(new SharedArrayBuffer(4 * texts)),
    rows: new Uint32Array(new SharedArrayBuffer(4 * entries)),
    values: new Float32Array(new SharedArrayBuffer(4 * entries)),
  };
}

/** Texts in a chunk. */
export function textsOf(chunk: FeatureChunk): number {
  return chunk.wordEnds.length;
}

/** A chunk with only the texts for which `keep` says so. */
export function filterChunk(chunk: FeatureChunk, keep: (text: number) => boolean): FeatureChunk {
  const kept = Array.from({ length: textsOf(chunk) }, (_, text) => text).filter(keep);
  const entries = kept.reduce((sum, text) => sum + chunk.starts[text + 1]! - chunk.starts[text]!, 0);
  const result = allocateChunk(kept.length, entries);
  let at = 0;
  for (const [i, text] of kept.entries()) {
    const start = chunk.starts[text]!;
    const end = chunk.starts[text + 1]!;
    result.rows.set(chunk.rows.subarray(start, end), at);
    result.values.set(chunk.values.subarray(start, end), at);
    result.wordEnds[i] = at + chunk.wordEnds[text]! - start;
    at += end - start;
    result.starts[i + 1] = at;
  }
  return result;
}
