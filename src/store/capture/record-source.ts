import { type CallRecord, readRecord } from './call-record.ts';
import { MemoryBlock } from './memory-block.ts';

/** A place in the shared memory. */
export interface RecordPlace {
  readonly block: number;
  readonly offset: number;
}

/** The journal thread's end of the way from the main thread: records in their order. */
export class RecordSource {
  readonly #blocks: MemoryBlock[] = [];
  #offset: number;

  /** `offset` is where reading begins in the first block; 0: at its start. */
  constructor(offset: number) {
    this.#offset = Math.max(MemoryBlock.start, offset);
  }

  addBlock(index: number, shared: SharedArrayBuffer): void {
    this.#blocks.push(new MemoryBlock(index, shared));
  }

  /** Where the next record is, or will be. */
  get place(): RecordPlace {
    return { block: this.#blocks[0]?.index ?? 0, offset: this.#offset };
  }

  /** Whether a whole record is there. */
  get hasNext(): boolean {
    return this.#currentBlock() !== null;
  }

  /** The next record without taking it; null when there is none. */
  peek(): CallRecord | null {
    const block = this.#currentBlock();
    return block === null ? null : readRecord(block.bytes, this.#offset);
  }

  /** Goes on behind a record. */
  skip(record: CallRecord): void {
    this.#offset = Math.ceil((this.#offset + record.bytes) / 4) * 4;
  }

  #currentBlock(): MemoryBlock | null {
    for (;;) {
      const [block, following] = this.#blocks;
      if (block === undefined) return null;
      // Asked before `written`: nothing is written once a block is sealed.
      const isSealed = block.isSealed;
      if (this.#offset < block.written) return block;
      if (!isSealed || following === undefined) return null;
      this.#blocks.shift();
      this.#offset = MemoryBlock.start;
    }
  }
}
