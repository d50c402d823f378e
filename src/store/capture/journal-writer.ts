import { closeSync, fdatasyncSync, fsyncSync, ftruncateSync, openSync, writevSync } from 'node:fs';
import { join } from 'node:path';
import { segmentName } from './journal-directory.ts';
import { endFrame } from './journal-frame.ts';

const SEGMENT_BYTES = 8 * 1024 * 1024;
/** Most buffers of one writev call. */
const MOST_BUFFERS = 512;
const OFFSET_FACTOR = 2 ** 32;

/** Where something is in a journal: compared as a number, later is larger. */
export function positionOf(segment: number, offset: number): number {
  return segment * OFFSET_FACTOR + offset;
}

export function splitPosition(position: number): { segment: number; offset: number } {
  const segment = Math.floor(position / OFFSET_FACTOR);
  return { segment, offset: position - segment * OFFSET_FACTOR };
}

/** Appends frames to numbered files. What `append` was given is on disk when it returns, or the file is as it was before. */
export class JournalWriter {
  readonly #directory: string;
  #segment: number;
  #file: number | null = null;
  #offset = 0;

  /** Nothing is appended to a file that is there already: `firstSegment` must be a new number. */
  constructor(directory: string, firstSegment: number) {
    this.#directory = directory;
    this.#segment = firstSegment;
  }

  /** End of what is safe. */
  get position(): number {
    return positionOf(this.#segment, this.#offset);
  }

  /** Writes and fsyncs frames. Throws the file system's error. */
  append(frames: readonly Uint8Array[]): void {
    if (this.#offset >= SEGMENT_BYTES) this.rotate();
    const file = (this.#file ??= this.#create());
    try {
      const written = writeAll(file, frames, this.#offset);
      fdatasyncSync(file);
      this.#offset += written;
    } catch (error) {
      this.#forgetTail(file);
      throw error;
    }
  }

  /** Closes the segment; the next frame begins a new one. */
  rotate(): void {
    if (this.#file === null) return;
    const file = this.#file;
    const end = this.#offset;
    this.#leaveSegment();
    try {
      writeAll(file, [endFrame()], end);
      fdatasyncSync(file);
    } catch {
      // All frames are safe already; a missing end says only that the process died here.
    } finally {
      closeSync(file);
    }
  }

  #create(): number {
    const file = openSync(join(this.#directory, segmentName(this.#segment)), 'wx', 0o600);
    try {
      const directory = openSync(this.#directory, 'r');
      try {
        fsyncSync(directory);
      } finally {
        closeSync(directory);
      }
      return file;
    } catch (error) {
      closeSync(file);
      this.#leaveSegment();
      throw error;
    }
  }

  #leaveSegment(): void {
    this.#file = null;
    this.#segment++;
    this.#offset = 0;
  }

  /** What a failed write left behind would look like damage. */
  #forgetTail(file: number): void {
    try {
      ftruncateSync(file, this.#offset);
    } catch {
      this.#leaveSegment();
      closeSync(file);
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
