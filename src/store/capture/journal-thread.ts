import { type CallRecord, monotonicMs } from './call-record.ts';
import { writeFailure } from '../../util/atomic-file.ts';
import {
  type FailureFacts,
  failureFacts,
  type FromJournal,
  type JournalSetup,
  type ToJournal,
} from './capture-messages.ts';
import { encodeFrame } from './journal-frame.ts';
import { JournalWriter } from './journal-writer.ts';
import { callPreparer } from './prepare-call.ts';
import { RecordSource } from './record-source.ts';
import { SharedState } from './shared-state.ts';

/** Bytes after which a group is written however young it is. */
const MOST_GROUP_BYTES = 4 * 1024 * 1024;
/** How long calls of `sync` are gathered into one fsync while more keep coming, milliseconds. */
const SYNC_GROUP_MS = 2;

/** Calls that are written together. */
interface Group {
  frames: Buffer[];
  bytes: number;
  /** Sequence numbers of the frames. */
  sequences: number[];
  /** Those that cannot be kept, and why the last one cannot. */
  failed: number[];
  failure: FailureFacts | null;
  /** Sequence number of the last one. */
  last: number;
  /** When the first one was taken by the main thread, and by this one. */
  oldestMs: number;
  startedMs: number;
}

/** Reads records from shared memory and keeps them on disk: merged, redacted, framed, fsynced. Runs in its own thread. */
export class JournalThread {
  readonly #setup: JournalSetup;
  readonly #send: (message: FromJournal) => void;
  readonly #state: SharedState;
  readonly #source: RecordSource;
  readonly #writer: JournalWriter;
  readonly #prepare: ReturnType<typeof callPreparer>;
  /** Age at which a group is written; the write itself has the other half of the interval. */
  readonly #mostAgeMs: number;
  #group = emptyGroup();
  #timer: NodeJS.Timeout | undefined;
  #problem: string | null = null;
  #lastWriteMs = 0;

  constructor(setup: JournalSetup, send: (message: FromJournal) => void) {
    this.#setup = setup;
    this.#send = send;
    this.#state = new SharedState(setup.shared);
    this.#source = new RecordSource(this.#state.get('settledOffset'));
    this.#writer = new JournalWriter(setup.directory, setup.firstSegment);
    this.#prepare = callPreparer(setup);
    this.#mostAgeMs = setup.isSync ? SYNC_GROUP_MS : setup.flushMs / 2;
    this.#state.set('durablePosition', this.#writer.position);
  }

  receive(message: ToJournal): void {
    switch (message.kind) {
      case 'block':
        this.#source.addBlock(message.index, message.shared);
        return this.#work();
      case 'wake':
        return this.#work();
      case 'rotate':
        return this.#rotate();
      case 'flush':
      case 'close':
        this.#takeAll();
        this.#writeGroup();
        if (message.kind === 'close') this.#rotate();
        else this.#work();
        return this.#send({ kind: 'done', id: message.id });
      default:
        message satisfies never;
    }
  }

  /** Takes what is there; writes what is old enough, in `sync` all. */
  #work(): void {
    clearTimeout(this.#timer);
    this.#state.wake('journalAwake');
    for (;;) {
      this.#takeAll();
      if (this.#setup.isSync || this.#isDue()) this.#writeGroup();
      if (!isEmpty(this.#group)) return this.#workAgainWhenDue();
      this.#state.fallAsleep('journalAwake');
      if (!this.#source.hasNext) return;
      this.#state.wake('journalAwake');
    }
  }

  #workAgainWhenDue(): void {
    this.#timer = setTimeout(() => this.#work(), Math.max(0, Math.ceil(this.#dueMs - monotonicMs())));
  }

  /** The clock is looked at after each record, so that no load keeps a group from being written. */
  #takeAll(): void {
    while (this.#takeOne()) {
      if (this.#isDue()) this.#writeGroup();
    }
  }

  /** A group that is late already still grows for as long as the last write took: what has piled up does not cost an fsync each. */
  get #dueMs(): number {
    const { oldestMs, startedMs } = this.#group;
    return Math.max(oldestMs + this.#mostAgeMs, startedMs + this.#lastWriteMs);
  }

  #isDue(): boolean {
    return this.#group.bytes >= MOST_GROUP_BYTES || monotonicMs() >= this.#dueMs;
  }

  #takeOne(): boolean {
    const record = this.#source.peek();
    if (record === null) return false;
    const group = this.#group;
    if (isEmpty(group)) {
      group.oldestMs = record.takenAtMs;
      group.startedMs = monotonicMs();
    }
    group.last = record.sequence;
    const frame = this.#frameOf(record);
    if ('code' in frame) {
      group.failed.push(record.sequence);
      group.failure = frame;
    } else {
      group.frames.push(frame);
      group.sequences.push(record.sequence);
      group.bytes += frame.length;
    }
    this.#source.skip(record);
    return true;
  }

  #frameOf(record: CallRecord): Buffer | FailureFacts {
    const { skip, maxWaitingBytes, directory } = this.#setup;
    const { block, offset } = this.#source.place;
    this.#state.set('preparingBlock', block);
    this.#state.set('preparingOffset', offset);
    try {
      if (skip?.block === block && skip.offset === offset) return DEADLY;
      const frame = encodeFrame(this.#prepare(record));
      const waiting = this.#state.get('waitingBytes') + this.#group.bytes + frame.length;
      return waiting <= maxWaitingBytes ? frame : journalFull(directory, maxWaitingBytes);
    } catch (error) {
      return failureFacts(error, 'capture/not-prepared');
    }
  }

  #writeGroup(): void {
    const group = this.#group;
    if (isEmpty(group)) return;
    this.#group = emptyGroup();
    this.#append(group);
    this.#state.add('dropped', group.failed.length);
    this.#report(group.failure);
    if (this.#setup.isSync) this.#settle(group);
    const { block, offset } = this.#source.place;
    this.#state.set('settledBlock', block);
    this.#state.set('settledOffset', offset);
    this.#wakeDrain();
  }

  #append(group: Group): void {
    if (group.frames.length === 0) return;
    const startedMs = monotonicMs();
    try {
      this.#writer.append(group.frames);
      this.#lastWriteMs = monotonicMs() - startedMs;
      this.#state.raise('longestInMemoryUs', Math.round((monotonicMs() - group.oldestMs) * 1000));
      this.#state.add('durable', group.frames.length);
      this.#state.add('waiting', group.frames.length);
      this.#state.add('waitingBytes', group.bytes);
      this.#state.set('durablePosition', this.#writer.position);
    } catch (error) {
      group.failed.push(...group.sequences);
      group.failure = writeFailed(this.#setup.directory, error);
    }
  }

  #settle({ last, failed, failure }: Group): void {
    const lost = failure === null ? null : { sequences: failed, failure };
    this.#send({ kind: 'settled', sequence: last, failed: lost });
  }

  /** Says what is wrong once, and once that it is over. */
  #report(problem: FailureFacts | null): void {
    if ((problem?.message ?? null) === this.#problem) return;
    this.#problem = problem?.message ?? null;
    this.#send({ kind: 'problem', problem });
  }

  #rotate(): void {
    this.#writer.rotate();
    this.#state.set('durablePosition', this.#writer.position);
    this.#wakeDrain();
  }

  #wakeDrain(): void {
    if (this.#state.wake('drainAwake')) this.#send({ kind: 'wake-drain' });
  }
}

function emptyGroup(): Group {
  return {
    frames: [],
    bytes: 0,
    sequences: [],
    last: 0,
    failed: [],
    failure: null,
    oldestMs: 0,
    startedMs: 0,
  };
}

function isEmpty({ frames, failed }: Group): boolean {
  return frames.length === 0 && failed.length === 0;
}

const DEADLY: FailureFacts = {
  code: 'capture/not-prepared',
  message: 'the thread that keeps calls ended twice at the same call, which was left out',
};

function journalFull(where: string, most: number): FailureFacts {
  return {
    code: 'capture/full',
    message: `${most} bytes of calls wait here for the store, and no more are allowed`,
    where,
    hint: 'Bring the store back, or raise `capture.maxWaitingBytes` in homegrown.config.ts.',
  };
}

function writeFailed(directory: string, cause: unknown): FailureFacts {
  const { message, where, hint } = failureFacts(writeFailure(directory, cause), 'file/write-failed');
  return { code: 'capture/write-failed', message, where, hint };
}
