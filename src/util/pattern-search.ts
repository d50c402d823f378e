import { open } from 'node:fs/promises';

/** Longer patterns are looked for by their beginning of this many bytes. */
const MOST_BYTES = 4096;
const LEAST_BYTES = 4;
const CHUNK_BYTES = 1 << 22;
const FILTER_BITS = 22;

/** A length at which patterns with one beginning end, or at which it is looked whether any of them still can match. */
interface Stop {
  readonly length: number;
  /** Hashes of the patterns of this length. */
  readonly ends: Set<number>;
  /** Hashes of the beginnings of this length of longer patterns. */
  readonly goesOn: Set<number>;
}

/** Patterns that begin with the same four bytes: where to look, in ascending order. */
type Bucket = Stop[];

/**
 * Many byte strings to be found at once in any bytes. Holds a hash of each, not the strings. A hit is one pattern in 2^53 wrong at
 * each place that begins like one.
 */
export class PatternSearch {
  readonly #buckets = new Map<number, Bucket>();
  /** One bit for each hash of four bytes with which some pattern begins. */
  readonly #filter = new Uint8Array(1 << (FILTER_BITS - 3));
  #longest = 0;

  /** Patterns of less than four bytes are left out: they are everywhere. */
  add(pattern: Uint8Array): void {
    if (pattern.length < LEAST_BYTES) return;
    const length = Math.min(pattern.length, MOST_BYTES);
    const start = (pattern[0]! | (pattern[1]! << 8) | (pattern[2]! << 16) | (pattern[3]! << 24)) >>> 0;
    const bucket = this.#buckets.get(start) ?? [];
    this.#buckets.set(start, bucket);
    const running = new RunningHash();
    for (let at = 1; at <= length; at++) {
      running.add(pattern[at - 1]!);
      if (at === length) stopAt(bucket, at).ends.add(running.value);
      else if (isMilestone(at)) stopAt(bucket, at).goesOn.add(running.value);
    }
    const bit = filterBit(start);
    this.#filter[bit >>> 3]! |= 1 << (bit & 7);
    this.#longest = Math.max(this.#longest, length);
  }

  get isEmpty(): boolean {
    return this.#buckets.size === 0;
  }

  /** Whether any pattern is in the bytes. */
  isIn(bytes: Uint8Array): boolean {
    if (this.isEmpty || bytes.length < LEAST_BYTES) return false;
    let window = ((bytes[0]! << 8) | (bytes[1]! << 16) | (bytes[2]! << 24)) >>> 0;
    for (let at = 0; at + 3 < bytes.length; at++) {
      window = ((window >>> 8) | (bytes[at + 3]! << 24)) >>> 0;
      const bit = filterBit(window);
      if ((this.#filter[bit >>> 3]! & (1 << (bit & 7))) !== 0 && this.#matchesAt(bytes, at, window))
        return true;
    }
    return false;
  }

  #matchesAt(bytes: Uint8Array, start: number, window: number): boolean {
    const bucket = this.#buckets.get(window);
    if (bucket === undefined) return false;
    const running = new RunningHash();
    let at = start;
    for (const { length, ends, goesOn } of bucket) {
      if (start + length > bytes.length) return false;
      while (at < start + length) running.add(bytes[at++]!);
      const hash = running.value;
      if (ends.has(hash)) return true;
      if (isMilestone(length) && !goesOn.has(hash)) return false;
    }
    return false;
  }

  /** Whether any pattern is in a file, read in bounded memory. */
  async isInFile(path: string): Promise<boolean> {
    if (this.isEmpty) return false;
    const file = await open(path, 'r');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES + this.#longest);
      let kept = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, kept, buffer.length - kept, null);
        const filled = kept + bytesRead;
        if (this.isIn(buffer.subarray(0, filled))) return true;
        if (bytesRead === 0) return false;
        kept = Math.min(filled, this.#longest);
        buffer.copyWithin(0, filled - kept, filled);
      }
    } finally {
      await file.close();
    }
  }
}

/** Powers of two from eight on. */
function isMilestone(length: number): boolean {
  return length >= 8 && (length & (length - 1)) === 0;
}

function stopAt(bucket: Bucket, length: number): Stop {
  const index = bucket.findIndex((stop) => stop.length >= length);
  const found = bucket[index];
  if (found?.length === length) return found;
  const stop: Stop = { length, ends: new Set(), goesOn: new Set() };
  bucket.splice(index === -1 ? bucket.length : index, 0, stop);
  return stop;
}

function filterBit(window: number): number {
  return Math.imul(window, 0x9e3779b1) >>> (32 - FILTER_BITS);
}

/** Two FNV-1a hashes with different offsets side by side, 53 bits together. */
class RunningHash {
  #first = 0x811c9dc5;
  #second = 0x2c1b3c6d;

  add(byte: number): void {
    this.#first = Math.imul(this.#first ^ byte, 0x01000193);
    this.#second = Math.imul(this.#second ^ byte, 0x01000193) + byte;
  }

  get value(): number {
    return (this.#first >>> 0) * 0x200000 + (this.#second >>> 11);
  }
}
