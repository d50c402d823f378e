import { type CallRecord, monotonicMs } from './call-record.ts';
import {
  type FailureFacts,
  failureFacts,
  type FromJournal,
  type JournalSetup,
  type ToJournal,
} from './capture-messages.ts';
import { encodeFrame } from './journal-frame.ts';
import {
  DEADLY_CALL,
  emptyGroup,
  failGroup,
  isEmptyGroup,
  type JournalGroup,
  journalFull,
} from './journal-group.ts';
import { JournalWriter } from './journal-writer.ts';
import { callPreparer } from './prepare-call.ts';
import { RecordSource } from './record-source.ts';
import { SharedState } from './shared-state.ts';

/** Bytes after which a group is written however few calls it has. */
const MOST_GROUP_BYTES = 1024 * 1024;
/** How long calls are taken without a look at what else there is to do, milliseconds. */
const MOST_TAKING_MS = 5;

/**
 * Reads records from shared memory and keeps them on disk: merged, redacted, framed, fsynced. Runs in its own thread.
 *
 * What was taken is handed to the operating system at once, so that it outlives the process however long an fsync takes; fsyncs follow
 * one another, each for all that was written before it.
 */
export class JournalThread {
  readonly #setup: JournalSetup;
  readonly #send: (message: FromJournal) => void;
  readonly #state: SharedState;
  readonly #source: RecordSource;
  readonly #writer: JournalWriter;
  readonly #prepare: ReturnType<typeof callPreparer>;
  /** Of `async`, while there are calls: how often is looked for more. */
  readonly #lookMs: number;
  #group = emptyGroup();
  /** Written and not fsynced. */
  #unsafe: JournalGroup[] = [];
  #unsafeBytes = 0;
  #syncing: Promise<void> | null = null;
  #hasLeftSegment = false;
  #timer: NodeJS.Timeout | undefined;
  #problem: string | null = null;

  constructor(setup: JournalSetup, send: (message: FromJournal) => void) {
    this.#setup = setup;
    this.#send = send;
    this.#state = new SharedState(setup.shared);
    this.#source = new RecordSource(this.#state.get('settledOffset'));
    this.#writer = new JournalWriter(setup.directory, setup.firstSegment);
    this.#prepare = callPreparer(setup);
    this.#lookMs = Math.max(1, Math.min(10, setup.flushMs / 5));
    this.#state.set('durablePosition', this.#writer.position);
  }

  async receive(message: ToJournal): Promise<void> {
    switch (message.kind) {
      case 'block':
        this.#source.addBlock(message.index, message.shared);
        return this.#work();
      case 'wake':
        return this.#work();
      case 'rotate':
        this.#rotate();
        return this.#work();
      case 'flush':
      case 'close':
        await this.#flush({ leaveSegment: message.kind === 'close' });
        return this.#send({ kind: 'done', id: message.id });
      default:
        message satisfies never;
    }
  }

  /** Takes and writes what is there, fsyncs what is old enough, in `sync` all. */
  #work(): void {
    clearTimeout(this.#timer);
    this.#state.wake('journalAwake');
    const isAll = this.#take(MOST_TAKING_MS);
    this.#syncIfDue();
    const isIdle = this.#unsafe.length === 0 && this.#syncing === null;
    if (!isAll) this.#workIn(0);
    else if (!this.#setup.isSync && !isIdle) this.#workIn(this.#lookMs);
    else this.#fallAsleep();
  }

  #workIn(milliseconds: number): void {
    this.#timer = setTimeout(() => this.#work(), milliseconds);
  }

  #fallAsleep(): void {
    this.#state.fallAsleep('journalAwake');
    if (this.#source.hasNext) this.#workIn(0);
  }

  /** Whether all that was there was taken and written within a time. */
  #take(mostMs: number): boolean {
    const until = monotonicMs() + mostMs;
    let isAll = true;
    while (isAll && this.#takeOne()) {
      if (this.#group.bytes >= MOST_GROUP_BYTES) this.#writeGroup();
      isAll = monotonicMs() < until;
    }
    this.#writeGroup();
    return isAll;
  }

  #takeOne(): boolean {
    const record = this.#source.peek();
    if (record === null) return false;
    const group = this.#group;
    if (isEmptyGroup(group)) group.oldestMs = record.takenAtMs;
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
    group.last = record.sequence;
    group.end = this.#source.place;
    return true;
  }

  #frameOf(record: CallRecord): Buffer | FailureFacts {
    const { skip, maxWaitingBytes, directory } = this.#setup;
    const { block, offset } = this.#source.place;
    this.#state.set('preparingBlock', block);
    this.#state.set('preparingOffset', offset);
    try {
      if (skip?.block === block && skip.offset === offset) return DEADLY_CALL;
      const frame = encodeFrame(this.#prepare(record));
      const ahead = this.#unsafeBytes + this.#group.bytes;
      const waiting = this.#state.get('waitingBytes') + ahead + frame.length;
      return waiting <= maxWaitingBytes ? frame : journalFull(directory, maxWaitingBytes);
    } catch (error) {
      return failureFacts(error, 'capture/not-prepared');
    }
  }

  #writeGroup(): void {
    const group = this.#group;
    if (isEmptyGroup(group)) return;
    this.#group = emptyGroup();
    try {
      if (group.frames.length > 0) this.#writer.write(group.frames);
    } catch (error) {
      failGroup(group, this.#setup.directory, error);
    }
    this.#unsafe.push(group);
    this.#unsafeBytes += group.bytes;
  }

  #syncIfDue(): void {
    const [oldest] = this.#unsafe;
    if (this.#syncing !== null || (oldest === undefined && !this.#hasLeftSegment)) return;
    const { isSync, flushMs } = this.#setup;
    const ageMs = oldest === undefined ? 0 : monotonicMs() - oldest.oldestMs;
    if (isSync || this.#hasLeftSegment || ageMs >= flushMs / 2) this.#sync();
  }

  #sync(): void {
    this.#syncing = this.#syncAll().then(() => {
      this.#syncing = null;
      this.#work();
    });
  }

  async #syncAll(): Promise<void> {
    const groups = this.#unsafe;
    this.#unsafe = [];
    this.#hasLeftSegment = false;
    try {
      const position = await this.#writer.sync();
      for (const group of groups) this.#keep(group);
      this.#state.set('durablePosition', position);
    } catch (error) {
      // What was written meanwhile is gone as well.
      groups.push(...this.#unsafe);
      this.#unsafe = [];
      for (const group of groups) {
        this.#unsafeBytes -= group.bytes;
        failGroup(group, this.#setup.directory, error);
      }
    }
    for (const group of groups) this.#settle(group);
    this.#wakeDrain();
  }

  #keep({ frames, bytes, oldestMs }: JournalGroup): void {
    this.#unsafeBytes -= bytes;
    if (frames.length === 0) return;
    this.#state.raise('longestInMemoryUs', Math.round((monotonicMs() - oldestMs) * 1000));
    this.#state.add('durable', frames.length);
    this.#state.add('waiting', frames.length);
    this.#state.add('waitingBytes', bytes);
  }

  #settle({ last, failed, failure, end }: JournalGroup): void {
    this.#state.add('dropped', failed.length);
    this.#report(failure);
    const lost = failure === null ? null : { sequences: failed, failure };
    if (this.#setup.isSync) this.#send({ kind: 'settled', sequence: last, failed: lost });
    this.#state.set('settledBlock', end.block);
    this.#state.set('settledOffset', end.offset);
  }

  /** Says what is wrong once, and once that it is over. */
  #report(problem: FailureFacts | null): void {
    if ((problem?.message ?? null) === this.#problem) return;
    this.#problem = problem?.message ?? null;
    this.#send({ kind: 'problem', problem });
  }

  /** Everything handed over so far is safe, or counted as lost, when it resolves. */
  async #flush({ leaveSegment }: { leaveSegment: boolean }): Promise<void> {
    this.#take(Infinity);
    if (leaveSegment) this.#rotate();
    while (this.#syncing !== null || this.#unsafe.length > 0 || this.#hasLeftSegment) {
      if (this.#syncing === null) this.#sync();
      await this.#syncing;
    }
    if (!leaveSegment) this.#work();
  }

  #rotate(): void {
    this.#writer.rotate();
    this.#hasLeftSegment = true;
  }

  #wakeDrain(): void {
    if (this.#state.wake('drainAwake')) this.#send({ kind: 'wake-drain' });
  }
}
