import type { RowLimits } from './bag-settings.ts';

/** Which row of the weight matrix each bucket has, and how much its n-grams weigh. Rows are in the order of their buckets. */
export interface RowTable {
  /** Row of each bucket, -1 for none. */
  rowOf: Int32Array;
  /** One per row: ln((1 + texts) / (1 + texts with it)) + 1. */
  idf: Float32Array;
}

/** Chooses the rows from the number of texts that met each bucket. */
export function chooseRows(textsWith: Uint32Array, texts: number, limits: RowLimits): RowTable {
  const { threshold, ofThreshold } = rowThreshold(textsWith, limits);
  const rowOf = new Int32Array(new SharedArrayBuffer(4 * textsWith.length)).fill(-1);
  const idf: number[] = [];
  let left = ofThreshold;
  for (let bucket = 0; bucket < textsWith.length; bucket++) {
    const count = textsWith[bucket]!;
    if (count < threshold || (count === threshold && left-- <= 0)) continue;
    rowOf[bucket] = idf.length;
    idf.push(Math.log((1 + texts) / (1 + count)) + 1);
  }
  return { rowOf, idf: shared(Float32Array.from(idf)) };
}

/** The smallest number of texts that gives a row, and how many buckets with just that number get one. */
function rowThreshold(
  textsWith: Uint32Array,
  { minTexts, maxRows }: RowLimits,
): { threshold: number; ofThreshold: number } {
  const least = Math.max(1, minTexts);
  const bucketsWith = new Uint32Array(1 + textsWith.reduce((most, count) => Math.max(most, count), 0));
  for (const count of textsWith) bucketsWith[count]!++;
  let above = 0;
  for (let count = bucketsWith.length - 1; count >= least; count--) {
    const rows = above + bucketsWith[count]!;
    if (rows > maxRows) return { threshold: count, ofThreshold: maxRows - above };
    above = rows;
  }
  return { threshold: least, ofThreshold: Infinity };
}

function shared(values: Float32Array): Float32Array {
  const result = new Float32Array(new SharedArrayBuffer(values.byteLength));
  result.set(values);
  return result;
}
