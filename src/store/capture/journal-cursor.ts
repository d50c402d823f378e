import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listSegments, segmentName } from './journal-directory.ts';
import { type JournalCall, type JournalSlice, SegmentReader } from './journal-reader.ts';
import { positionOf, splitPosition } from './journal-writer.ts';
import type { SharedState } from './shared-state.ts';

export interface JournalCursorOptions {
  directory: string;
  /** Segments before it are from processes that are gone. */
  firstSegment: number;
  state: SharedState;
}

/** Reads what the store does not have yet, in order, and deletes segments that it has. */
export class JournalCursor {
  readonly #options: JournalCursorOptions;
  #segment: number;
  #offset: number;
  #reader: SegmentReader | null = null;
  /** What `next` gave out and `done` has not settled. */
  #pending: JournalSlice | null = null;

  constructor(options: JournalCursorOptions) {
    this.#options = options;
    const { segment, offset } = splitPosition(options.state.get('drainedPosition'));
    this.#segment = segment;
    this.#offset = offset;
  }

  /** Whether something is safe on disk that the store does not have. */
  get hasMore(): boolean {
    return positionOf(this.#segment, this.#offset) < this.#options.state.get('durablePosition');
  }

  /** Whether the store has all there is, and the file is still there. */
  get isDoneWithOpenSegment(): boolean {
    return !this.hasMore && this.#offset > 0;
  }

  /** The next calls, none at the end. Each is given out until `done` is called. */
  next(most: { calls: number; bytes: number }): readonly JournalCall[] {
    while (this.hasMore) {
      const slice = this.#read(most);
      if (slice === null) continue;
      this.#pending = slice;
      if (slice.calls.length > 0) return slice.calls;
      this.done(0);
    }
    return [];
  }

  /** The calls given out last are in the store, but for those that were set aside. */
  done(setAside: number): void {
    const { calls, next, damaged } = this.#pending!;
    const { state } = this.#options;
    this.#pending = null;
    state.add('waiting', -calls.length);
    if (this.#isFound) state.add('recovered', calls.length);
    state.add('stored', calls.length - setAside);
    state.add('setAside', setAside);
    if (damaged !== null && !damaged.isTornTail) {
      state.add('setAside', 1);
      this.setAside(`${this.#segment}-${damaged.offset}.damaged`, damaged.bytes);
    }
    this.#moveTo(this.#segment, next, next - this.#offset);
  }

  /** Keeps beside the journal what cannot be stored. */
  setAside(name: string, content: string | Uint8Array): void {
    const directory = join(this.#options.directory, 'aside');
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    writeFileSync(join(directory, name), content, { mode: 0o600 });
  }

  close(): void {
    this.#reader?.close();
    this.#reader = null;
  }

  /** Null when the segment was left. */
  #read(most: { calls: number; bytes: number }): JournalSlice | null {
    const { directory, state } = this.#options;
    const durable = splitPosition(state.get('durablePosition'));
    const isOpen = durable.segment === this.#segment;
    this.#reader ??= new SegmentReader(directory, this.#segment);
    const end = isOpen ? durable.offset : this.#reader.size;
    const slice = this.#reader.read(this.#offset, end, most);
    const isEmpty = slice.calls.length === 0 && slice.damaged === null;
    if (!isEmpty || isOpen) return slice;
    this.#leaveSegment(this.#reader.size);
    return null;
  }

  #leaveSegment(size: number): void {
    const { directory, state } = this.#options;
    this.close();
    rmSync(join(directory, segmentName(this.#segment)), { force: true });
    const following = listSegments(directory).find((segment) => segment > this.#segment);
    // The end mark is counted among the bytes of a segment that was found, not among those of one that was written.
    const rest = this.#isFound ? size - this.#offset : 0;
    const wasFound = this.#isFound;
    this.#moveTo(following ?? splitPosition(state.get('durablePosition')).segment, 0, rest);
    // Damage made them more or fewer than their headers said.
    if (wasFound && !this.#isFound) state.add('waiting', state.get('recovered') - state.get('found'));
  }

  /** Whether the segment is of a process that is gone. */
  get #isFound(): boolean {
    return this.#segment < this.#options.firstSegment;
  }

  #moveTo(segment: number, offset: number, bytes: number): void {
    this.#segment = segment;
    this.#offset = offset;
    this.#options.state.add('waitingBytes', -bytes);
    this.#options.state.set('drainedPosition', positionOf(segment, offset));
  }
}
