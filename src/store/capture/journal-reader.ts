import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Inference } from '../../schema/inference.ts';
import { listSegments, segmentName } from './journal-directory.ts';
import { decodeFrame, FRAME_HEADER_BYTES, FRAME_MARK, frameBytes, isWholeFrame } from './journal-frame.ts';

const CHUNK_BYTES = 1024 * 1024;

/** A call in the journal. */
export interface JournalCall {
  readonly inference: Inference;
  /** Of its frame. */
  readonly bytes: number;
}

/** A stretch of a segment that holds no whole frame. */
export interface DamagedPlace {
  readonly offset: number;
  readonly bytes: Buffer;
  /** Nothing whole comes after it and the segment was never closed: its process died while writing. */
  readonly isTornTail: boolean;
}

/** What was found from an offset on. */
export interface JournalSlice {
  readonly calls: readonly JournalCall[];
  /** Where to go on. */
  readonly next: number;
  readonly damaged: DamagedPlace | null;
  /** Nothing comes after it: the segment was closed here. */
  readonly isClosed: boolean;
}

/** One segment of the journal, read front to back. */
export class SegmentReader {
  readonly #file: number;
  #chunk: Buffer = Buffer.alloc(0);
  #chunkStart = 0;

  constructor(directory: string, segment: number) {
    this.#file = openSync(join(directory, segmentName(segment)), 'r');
  }

  /** Bytes of the file now. */
  get size(): number {
    return fstatSync(this.#file).size;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** Whole frames from `offset`, none that ends after `end`; stops at damage, after `most.calls` and at `most.bytes`. */
  read(offset: number, end: number, most: { calls: number; bytes: number }): JournalSlice {
    const calls: JournalCall[] = [];
    let next = offset;
    while (next < end && calls.length < most.calls && next - offset < most.bytes) {
      const length = this.#frameBytesAt(next, end);
      if (length === null) return this.#damage(calls, next, end);
      if (length === FRAME_HEADER_BYTES) return { calls, next, damaged: null, isClosed: true };
      const at = next - this.#chunkStart;
      if (!isWholeFrame(this.#chunk, at)) return this.#damage(calls, next, end);
      calls.push({ inference: decodeFrame(this.#chunk, at), bytes: length });
      next += length;
    }
    return { calls, next, damaged: null, isClosed: false };
  }

  /** How many frames there are, going by their headers. */
  count(end: number): number {
    let offset = 0;
    for (let count = 0; ; count++) {
      const length = this.#frameBytesAt(offset, end, { headerAlone: true });
      if (length === null || length === FRAME_HEADER_BYTES) return count;
      offset += length;
    }
  }

  /** Length of the frame at `offset`, which is in memory then (or its header alone); null when none begins there or it does not end before `end`. */
  #frameBytesAt(offset: number, end: number, { headerAlone = false } = {}): number | null {
    if (offset + FRAME_HEADER_BYTES > end) return null;
    this.#load(offset, FRAME_HEADER_BYTES, end);
    const length = frameBytes(this.#chunk, offset - this.#chunkStart);
    if (length === null || offset + length > end) return null;
    if (!headerAlone) this.#load(offset, length, end);
    return length;
  }

  /** Makes `bytes` from `offset` on be in memory, and reads ahead. */
  #load(offset: number, bytes: number, end: number): void {
    const chunkEnd = this.#chunkStart + this.#chunk.length;
    if (offset >= this.#chunkStart && offset + bytes <= chunkEnd) return;
    this.#chunk = this.#bytes(offset, Math.max(offset + bytes, Math.min(end, offset + CHUNK_BYTES)));
    this.#chunkStart = offset;
  }

  #bytes(start: number, end: number): Buffer {
    const bytes = Buffer.allocUnsafe(end - start);
    let filled = 0;
    while (filled < bytes.length) {
      const taken = readSync(this.#file, bytes, filled, bytes.length - filled, start + filled);
      if (taken === 0) break;
      filled += taken;
    }
    return bytes.subarray(0, filled);
  }

  /** Goes on at the next whole frame. */
  #damage(calls: readonly JournalCall[], offset: number, end: number): JournalSlice {
    const rest = this.#bytes(offset, end);
    const next = nextWholeFrame(rest);
    const damaged = { offset, bytes: rest.subarray(0, next ?? rest.length), isTornTail: next === null };
    return { calls, next: offset + damaged.bytes.length, damaged, isClosed: false };
  }
}

/** How many calls there are in the segments before one, going by the frames' headers. */
export function countCalls(directory: string, before: number): number {
  let count = 0;
  for (const segment of listSegments(directory).filter((number) => number < before)) {
    const reader = new SegmentReader(directory, segment);
    count += reader.count(reader.size);
    reader.close();
  }
  return count;
}

/** Where a whole frame begins after the first byte; null when none does. */
function nextWholeFrame(bytes: Buffer): number | null {
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(FRAME_MARK);
  for (let at = bytes.indexOf(mark, 1); at !== -1; at = bytes.indexOf(mark, at + 1)) {
    if (isWholeFrame(bytes, at)) return at;
  }
  return null;
}
