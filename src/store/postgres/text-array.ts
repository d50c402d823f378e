const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;

/** Types of elements by their numbers in Postgres. */
const ELEMENT_TYPES = { text: 25, json: 114 };

/**
 * An array of texts in the binary form of Postgres (`array_recv` in its source): dimensions, whether it holds nulls, type, length,
 * first index, then each element as its length and its bytes. Written as text every quote in it would be escaped and read again.
 */
export function textArray(type: keyof typeof ELEMENT_TYPES, values: readonly (string | null)[]): Buffer {
  const lengths = values.map((value) => (value === null ? -1 : Buffer.byteLength(value)));
  const bytes = lengths.reduce((sum, length) => sum + LENGTH_BYTES + Math.max(0, length), HEADER_BYTES);
  const array = Buffer.allocUnsafe(bytes);
  let offset = 0;
  for (const field of [1, lengths.includes(-1) ? 1 : 0, ELEMENT_TYPES[type], values.length, 1]) {
    offset = array.writeInt32BE(field, offset);
  }
  for (const [index, value] of values.entries()) {
    offset = array.writeInt32BE(lengths[index]!, offset);
    if (value !== null) offset += array.write(value, offset);
  }
  return array;
}
