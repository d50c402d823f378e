const FIRST_ENTRIES = 1024;
const FIRST_BYTES = 8192;

/** Numbers distinct byte strings in the order in which they come: a hash table that makes no objects. */
export class ByteSpanTable {
  #bytes = new Uint8Array(FIRST_BYTES);
  #starts = new Uint32Array(FIRST_ENTRIES + 1);
  #hashes = new Int32Array(FIRST_ENTRIES);
  /** Entry + 1, 0 is empty; never more than half full. */
  #slots = new Int32Array(FIRST_ENTRIES * 2);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get byteLength(): number {
    return this.#starts[this.#size]!;
  }

  /** All strings one after the other; the one numbered `i` is from `starts[i]` to `starts[i + 1]`. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.byteLength);
  }

  get starts(): Uint32Array {
    return this.#starts.subarray(0, this.#size + 1);
  }

  /** The number of a string, a new one if it was not there. */
  add(source: Uint8Array, start: number, end: number): number {
    const hash = hashOf(source, start, end);
    const slot = this.#slotOf(source, start, end, hash);
    const held = this.#slots[slot]!;
    if (held > 0) return held - 1;
    return this.#insert(source, start, end, hash, slot);
  }

  /** The number of a string, or -1. */
  find(source: Uint8Array, start: number, end: number): number {
    return this.#slots[this.#slotOf(source, start, end, hashOf(source, start, end))]! - 1;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
  }

  #slotOf(source: Uint8Array, start: number, end: number, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const held = slots[slot]!;
      if (held === 0) return slot;
      if (this.#hashes[held - 1] === hash && this.#equals(held - 1, source, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(entry: number, source: Uint8Array, start: number, end: number): boolean {
    const bytes = this.#bytes;
    let position = this.#starts[entry]!;
    if (this.#starts[entry + 1]! - position !== end - start) return false;
    for (let index = start; index < end; index++) if (bytes[position++] !== source[index]) return false;
    return true;
  }

  #insert(source: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const entry = this.#size;
    const from = this.#starts[entry]!;
    const to = from + end - start;
    if (to > this.#bytes.length) this.#bytes = grown(this.#bytes, to);
    for (let index = start, position = from; index < end;) this.#bytes[position++] = source[index++]!;
    if (entry === this.#hashes.length) this.#growEntries();
    this.#hashes[entry] = hash;
    this.#starts[entry + 1] = to;
    this.#size = entry + 1;
    if (this.#slots.length < 2 * this.#size) this.#rehash();
    else this.#slots[slot] = entry + 1;
    return entry;
  }

  #growEntries(): void {
    const wanted = this.#hashes.length * 2;
    this.#hashes = grown(this.#hashes, wanted);
    this.#starts = grown(this.#starts, wanted + 1);
  }

  #rehash(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (let entry = 0; entry < this.#size; entry++) {
      let slot = this.#hashes[entry]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry + 1;
    }
    this.#slots = slots;
  }
}

/** A copy with room for at least `length`, at least doubled. */
export function grown<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(
  array: T,
  length: number,
): T {
  const Constructor = array.constructor as new (length: number) => T;
  const larger = new Constructor(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}

/** FNV-1a with a final mix, so that the low bits depend on all bytes. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let index = start; index < end; index++) hash = Math.imul(hash ^ bytes[index]!, 0x01000193);
  return hash ^ (hash >>> 15);
}
