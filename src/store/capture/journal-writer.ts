import { closeSync, fdatasync, fsyncSync, ftruncateSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { segmentName } from './journal-directory.ts';
import { endFrame } from './journal-frame.ts';

const SEGMENT_BYTES = 8 * 1024 * 1024;
/** Most buffers of one writev call. */
const MOST_BUFFERS = 512;
const OFFSET_FACTOR = 2 ** 32;
const syncFile = promisify(fdatasync);

/** Where something is in a journal: compared as a number, later is larger. */
export function positionOf(segment: number, offset: number): number {
  return segment * OFFSET_FACTOR + offset;
}

export function splitPosition(position: number): { segment: number; offset: number } {
  const segment = Math.floor(position / OFFSET_FACTOR);
  return { segment, offset: position - segment * OFFSET_FACTOR };
}

/** A file that frames were written to. */
interface OpenSegment {
  readonly segment: number;
  readonly file: number;
  /** Bytes that the operating system has: they outlive this process. */
  written: number;
  /** Bytes that the disk has: they outlive a power cut. */
  safe: number;
}

/** Appends frames to numbered files. */
export class JournalWriter {
  readonly #directory: string;
  #nextSegment: number;
  #open: OpenSegment | null = null;
  /** Full ones whose last bytes may not be safe. */
  #left: OpenSegment[] = [];
  #hasNewFile = false;

  /** Nothing is appended to a file that is there already: `firstSegment` must be a new number. */
  constructor(directory: string, firstSegment: number) {
    this.#directory = directory;
    this.#nextSegment = firstSegment;
  }

  /** End of what was written. */
  get position(): number {
    return this.#open === null
      ? positionOf(this.#nextSegment, 0)
      : positionOf(this.#open.segment, this.#open.written);
  }

  /** Hands frames to the operating system, all or none. Throws its error. */
  write(frames: readonly Uint8Array[]): void {
    if (this.#open !== null && this.#open.written >= SEGMENT_BYTES) this.rotate();
    const open = (this.#open ??= this.#create());
    try {
      open.written += writeAll(open.file, frames, open.written);
    } catch (error) {
      this.#cut(open, open.written);
      throw error;
    }
  }

  /**
   * Makes everything written before the call safe and returns the position up to which it is. One call at a time. When it throws,
   * nothing written since the last one is in the files any more.
   */
  async sync(): Promise<number> {
    const position = this.position;
    const left = [...this.#left];
    const files = this.#open === null ? left : [...left, this.#open];
    const ends = files.map(({ written }) => written);
    try {
      for (const [index, open] of files.entries()) {
        if (open.safe < ends[index]!) await syncFile(open.file);
        open.safe = ends[index]!;
      }
      if (this.#hasNewFile) this.#syncDirectory();
    } catch (error) {
      for (const open of [...this.#left, ...(this.#open === null ? [] : [this.#open])])
        this.#cut(open, open.safe);
      throw error;
    } finally {
      for (const { file } of left) closeSync(file);
      this.#left = this.#left.filter((open) => !left.includes(open));
    }
    return position;
  }

  /** Leaves the segment; the next frame begins a new one. */
  rotate(): void {
    const open = this.#open;
    if (open === null) return;
    this.#open = null;
    this.#left.push(open);
    try {
      open.written += writeAll(open.file, [endFrame()], open.written);
    } catch {
      // The frames are there; a missing end says only that the process died here.
    }
  }

  #create(): OpenSegment {
    const segment = this.#nextSegment;
    const file = openSync(join(this.#directory, segmentName(segment)), 'wx', 0o600);
    this.#nextSegment++;
    this.#hasNewFile = true;
    return { segment, file, written: 0, safe: 0 };
  }

  #syncDirectory(): void {
    this.#hasNewFile = false;
    const directory = openSync(this.#directory, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  /** What a failed write left behind would look like damage. */
  #cut(open: OpenSegment, bytes: number): void {
    try {
      ftruncateSync(open.file, bytes);
      open.written = bytes;
    } catch {
      if (this.#open !== open) return;
      this.#open = null;
      closeSync(open.file);
    }
  }
}

/** Writes all buffers at `position`, however little a call takes, and returns how many bytes that were. */
function writeAll(file: number, buffers: readonly Uint8Array[], position: number): number {
  let at = position;
  for (let first = 0; first < buffers.length; first += MOST_BUFFERS) {
    let rest = buffers.slice(first, first + MOST_BUFFERS);
    while (rest.length > 0) {
      const taken = writevSync(file, rest, at);
      at += taken;
      rest = without(rest, taken);
    }
  }
  return at - position;
}

/** What is left of the buffers after their first `bytes`. */
function without(buffers: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let rest = bytes;
  let index = 0;
  while (index < buffers.length && rest >= buffers[index]!.length) rest -= buffers[index++]!.length;
  const [partial, ...others] = buffers.slice(index);
  return partial === undefined ? [] : [partial.subarray(rest), ...others];
}
