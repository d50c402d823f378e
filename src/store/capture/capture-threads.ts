import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { CaptureConfig } from '../../schema/capture-config.ts';
import type {
  DrainSetup,
  FailedCalls,
  FailureFacts,
  FromDrain,
  FromJournal,
  JournalSetup,
  ToDrain,
  ToJournal,
} from './capture-messages.ts';
import { CaptureThread } from './capture-thread.ts';
import { listSegments, segmentBytes, segmentName } from './journal-directory.ts';
import { positionOf, splitPosition } from './journal-writer.ts';
import type { MemoryBlock } from './memory-block.ts';
import type { SharedState } from './shared-state.ts';
import type { StoreLocation } from './store-location.ts';

export interface CaptureThreadsOptions {
  state: SharedState;
  /** The journal's, this process's own. */
  directory: string;
  store: StoreLocation;
  config: CaptureConfig;
  /** Blocks with records that may not be settled. */
  blocks(): readonly MemoryBlock[];
  onSettled(sequence: number, failed: FailedCalls | null): void;
}

/** The thread that writes the journal and the one that brings it into the store, seen from the main thread. */
export class CaptureThreads {
  readonly #options: CaptureThreadsOptions;
  /** Segments before it were there at the start. */
  readonly #firstSegment: number;
  readonly #journal: CaptureThread<ToJournal, FromJournal>;
  readonly #drain: CaptureThread<ToDrain, FromDrain>;
  readonly #problems: Record<'journal' | 'drain', FailureFacts | null> = { journal: null, drain: null };
  #deadly: { block: number; offset: number; deaths: number } | null = null;

  constructor(options: CaptureThreadsOptions) {
    this.#options = options;
    const { state, directory } = options;
    const found = listSegments(directory);
    this.#firstSegment = (found.at(-1) ?? 0) + 1;
    state.set('waitingBytes', segmentBytes(directory, found));
    state.set('drainedPosition', positionOf(found[0] ?? this.#firstSegment, 0));
    state.set('durablePosition', positionOf(this.#firstSegment, 0));
    this.#journal = new CaptureThread({
      file: 'journal-worker',
      setup: () => this.#journalSetup(),
      onMessage: (message) => this.#fromJournal(message),
      onRestart: () => this.#tellBlocks(),
    });
    this.#drain = new CaptureThread({
      file: 'drain-worker',
      setup: () => this.#drainSetup(),
      onMessage: (message) => this.#fromDrain(message),
      onRestart: () => this.#drain.post({ kind: 'wake' }),
    });
    this.#drain.post({ kind: 'wake' });
  }

  /** What is wrong now; null when all is well. */
  get problem(): string | null {
    const problem = this.#problems.journal ?? this.#problems.drain;
    if (problem === null) return null;
    return problem.where === undefined ? problem.message : `${problem.where}: ${problem.message}`;
  }

  addBlock({ index, shared }: MemoryBlock): void {
    this.#journal.post({ kind: 'block', index, shared });
  }

  wakeJournal(): void {
    if (this.#options.state.wake('journalAwake')) this.#journal.post({ kind: 'wake' });
  }

  /** Resolves when calls are kept as fast as they will be. */
  async started(): Promise<void> {
    await this.#journal.ask('flush');
  }

  /** Whether somebody waits until calls are on disk. */
  set isAwaited(isAwaited: boolean) {
    this.#journal.isAwaited = isAwaited;
  }

  /** Everything handed over is in the store, or on disk if the store does not answer. */
  async flush(): Promise<void> {
    await this.#journal.ask('flush');
    await this.#drain.ask('flush');
  }

  async close(): Promise<void> {
    await this.#journal.ask('close');
    await this.#drain.ask('close');
  }

  #fromJournal(message: Exclude<FromJournal, { kind: 'done' }>): void {
    switch (message.kind) {
      case 'settled':
        return this.#options.onSettled(message.sequence, message.failed);
      case 'problem':
        this.#problems.journal = message.problem;
        return;
      case 'wake-drain':
        return this.#drain.post({ kind: 'wake' });
      default:
        message satisfies never;
    }
  }

  #fromDrain(message: Exclude<FromDrain, { kind: 'done' }>): void {
    if (message.kind === 'rotate') this.#journal.post({ kind: 'rotate' });
    else this.#problems.drain = message.problem;
  }

  #journalSetup(): JournalSetup {
    const { state, directory, config } = this.#options;
    const durable = splitPosition(state.get('durablePosition'));
    forgetUnsafe(directory, durable);
    return {
      shared: state.buffer,
      directory,
      firstSegment: Math.max(durable.segment - 1, listSegments(directory).at(-1) ?? 0) + 1,
      isSync: config.mode === 'sync',
      flushMs: config.flushMs,
      maxWaitingBytes: config.maxWaitingBytes,
      redact: config.redact,
      skip: this.#skippedPlace(),
    };
  }

  /** The place of a record at which threads died twice. */
  #skippedPlace(): { block: number; offset: number } | null {
    const { state } = this.#options;
    const place = { block: state.get('preparingBlock'), offset: state.get('preparingOffset') };
    if (place.offset === 0) return null;
    const isSame = this.#deadly?.block === place.block && this.#deadly.offset === place.offset;
    this.#deadly = { ...place, deaths: isSame ? this.#deadly!.deaths + 1 : 1 };
    return this.#deadly.deaths >= 2 ? place : null;
  }

  #drainSetup(): DrainSetup {
    const { state, directory, store } = this.#options;
    const countFound = state.get('found') === 0;
    return { shared: state.buffer, directory, firstSegment: this.#firstSegment, countFound, store };
  }

  /** A new journal thread is told of everything that was not settled when the one before it died. */
  #tellBlocks(): void {
    const settled = this.#options.state.get('settledBlock');
    for (const block of this.#options.blocks()) if (block.index >= settled) this.addBlock(block);
  }
}

/** Bytes of a thread that died before they were safe. Their records are written again. */
function forgetUnsafe(directory: string, safe: { segment: number; offset: number }): void {
  for (const segment of listSegments(directory).filter((number) => number >= safe.segment))
    truncateSync(join(directory, segmentName(segment)), segment === safe.segment ? safe.offset : 0);
}
