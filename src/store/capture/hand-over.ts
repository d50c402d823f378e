import type { CapturedCall } from '../capture.ts';
import { monotonicMs, recordBytes, writeRecord } from './call-record.ts';
import { MemoryBlock } from './memory-block.ts';

const BLOCK_BYTES = 1024 * 1024;
const SPARE_BLOCKS = 4;

export interface HandOverOptions {
  /** Most bytes of calls that wait in memory. */
  maxBytes: number;
  /** Index of the block up to which all records are settled. */
  settledBlock(): number;
  /** A block begins, which the reader must be told of. */
  onBlock(block: MemoryBlock): void;
}

/** The main thread's end of the way to the journal: calls are copied into shared memory, where they stay until they are settled. */
export class HandOver {
  readonly #options: HandOverOptions;
  readonly #spare: SharedArrayBuffer[] = [];
  #blocks: MemoryBlock[] = [];
  #bytes = 0;
  #nextBlock = 0;
  #sequence = 0;

  constructor(options: HandOverOptions) {
    this.#options = options;
  }

  /** Sequence number of the last call, from 1. */
  get sequence(): number {
    return this.#sequence;
  }

  /** Blocks that may hold unsettled records, oldest first. */
  get blocks(): readonly MemoryBlock[] {
    return this.#blocks;
  }

  /** Copies a call and returns its sequence number; null when memory is full. */
  append(call: CapturedCall): number | null {
    const summary = JSON.stringify(call.summary);
    const block = this.#blockFor(recordBytes(call, summary));
    if (block === null) return null;
    const sequence = ++this.#sequence;
    block.written = writeRecord(block.bytes, block.written, call, {
      summary,
      sequence,
      takenAtMs: monotonicMs(),
    });
    return sequence;
  }

  #blockFor(bytes: number): MemoryBlock | null {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.hasRoomFor(bytes)) return last;
    this.#reclaim();
    const size = Math.max(BLOCK_BYTES, bytes + 4);
    if (this.#bytes + size > this.#options.maxBytes && this.#blocks.length > 0) return null;
    const block = MemoryBlock.empty(
      this.#nextBlock++,
      size,
      size === BLOCK_BYTES ? this.#spare.pop() : undefined,
    );
    this.#blocks.push(block);
    this.#bytes += size;
    this.#options.onBlock(block);
    last?.seal();
    return block;
  }

  /** Lets go of blocks whose records are all settled. */
  #reclaim(): void {
    const settled = this.#options.settledBlock();
    const isDone = ({ index }: MemoryBlock): boolean => index < settled;
    for (const { shared } of this.#blocks.filter(isDone)) {
      const size = shared.byteLength - MemoryBlock.start;
      this.#bytes -= size;
      if (size === BLOCK_BYTES && this.#spare.length < SPARE_BLOCKS) this.#spare.push(shared);
    }
    this.#blocks = this.#blocks.filter((block) => !isDone(block));
  }
}
