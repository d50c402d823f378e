/** Bytes before the first record: how much is written, and whether nothing more will be. */
const HEADER_BYTES = 16;
const WRITTEN = 0;
const SEALED = 1;

/** Memory that the main thread writes records into and another one reads them from; it outlives the thread that reads. */
export class MemoryBlock {
  readonly index: number;
  readonly shared: SharedArrayBuffer;
  readonly bytes: Buffer;
  readonly #header: Int32Array;

  constructor(index: number, shared: SharedArrayBuffer) {
    this.index = index;
    this.shared = shared;
    this.bytes = Buffer.from(shared);
    this.#header = new Int32Array(shared, 0, HEADER_BYTES / 4);
  }

  /** A block with room for `bytes` of records, in memory that was used before if there is some. */
  static empty(index: number, bytes: number, reused?: SharedArrayBuffer): MemoryBlock {
    const block = new MemoryBlock(index, reused ?? new SharedArrayBuffer(HEADER_BYTES + bytes));
    Atomics.store(block.#header, SEALED, 0);
    Atomics.store(block.#header, WRITTEN, HEADER_BYTES);
    return block;
  }

  /** Where the first record begins. */
  static get start(): number {
    return HEADER_BYTES;
  }

  /** Where the last whole record ends. */
  get written(): number {
    return Atomics.load(this.#header, WRITTEN);
  }

  set written(end: number) {
    Atomics.store(this.#header, WRITTEN, end);
  }

  get isSealed(): boolean {
    return Atomics.load(this.#header, SEALED) === 1;
  }

  seal(): void {
    Atomics.store(this.#header, SEALED, 1);
  }

  hasRoomFor(bytes: number): boolean {
    return this.written + bytes + 4 <= this.shared.byteLength;
  }
}
