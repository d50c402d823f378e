import { setTimeout as pause } from 'node:timers/promises';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { Store } from '../store.ts';
import {
  type DrainSetup,
  type FailureFacts,
  failureFacts,
  type FromDrain,
  type ToDrain,
} from './capture-messages.ts';
import { JournalCursor } from './journal-cursor.ts';
import { countCalls, type JournalCall } from './journal-reader.ts';
import { SharedState } from './shared-state.ts';
import { openStoreAt } from './store-location.ts';

/** Small enough that other writers of the database do not wait long. */
const BATCH = { calls: 200, bytes: 2 * 1024 * 1024 };
/** Between two batches that were not full: fewer, larger transactions. */
const GATHER_MS = 100;
/** How long a segment that the store has stays on disk. */
const ROTATE_MS = 1000;
const RETRY = { firstMs: 100, longestMs: 5000 };
/** Failures in a row after which calls are handed in one by one, in case it is one of them. */
const FAILURES_BEFORE_ALONE = 3;
/** Longest time that closing waits for the store; the rest stays on disk for the next process. */
const CLOSE_MS = 5000;
/** Failures of a store that works again by itself or by its owner's hand: never a call's fault. */
const STORES_FAULTS = new Set([
  'store/closed',
  'store/locked',
  'store/disk-full',
  'store/io-failed',
  'store/not-writable',
  'store/unreachable',
  'store/timeout',
  'store/access-denied',
  'store/no-database',
  'store/too-many-connections',
  'store/wrong-encoding',
  'store/old-server',
  'store/corrupt',
  'store/newer',
  'store/foreign',
]);

type CaptureStore = Pick<Store, 'inferences' | 'close'>;

/** Brings the journal into the store, batch by batch, however long the store is away. Runs in its own thread. */
export class DrainThread {
  readonly #setup: DrainSetup;
  readonly #send: (message: FromDrain) => void;
  readonly #state: SharedState;
  readonly #cursor: JournalCursor;
  #store: CaptureStore | null = null;
  #failures = 0;
  #problem: string | null = null;
  #rotatedAt = performance.now();
  #running: Promise<void> | null = null;
  #isStopping = false;
  /** Ends the pause the loop is in. */
  #interrupt = new AbortController();
  /** Those who wait until the store has all up to a position, or cannot be reached. */
  #flushing: { until: number; resolve(): void }[] = [];

  constructor(setup: DrainSetup, send: (message: FromDrain) => void) {
    this.#setup = setup;
    this.#send = send;
    this.#state = new SharedState(setup.shared);
    this.#cursor = new JournalCursor({ ...setup, state: this.#state });
    if (setup.countFound) this.#countFound();
  }

  async receive(message: ToDrain): Promise<void> {
    if (message.kind === 'wake') return this.#start();
    if (message.kind === 'close') setTimeout(() => this.#stop(), CLOSE_MS).unref();
    await this.#flush();
    if (message.kind === 'close') await this.#close();
    this.#send({ kind: 'done', id: message.id });
  }

  #countFound(): void {
    const { directory, firstSegment } = this.#setup;
    const found = countCalls(directory, firstSegment);
    this.#state.set('found', found);
    this.#state.add('waiting', found);
  }

  #start(): void {
    if (this.#isStopping) return;
    this.#state.wake('drainAwake');
    this.#running ??= this.#run();
  }

  #flush(): Promise<void> {
    return new Promise((resolve) => {
      this.#flushing.push({ until: this.#state.get('durablePosition'), resolve });
      this.#interrupt.abort();
      this.#start();
    });
  }

  #stop(): void {
    this.#isStopping = true;
    this.#interrupt.abort();
    this.#endFlush(Infinity);
  }

  async #close(): Promise<void> {
    this.#stop();
    await this.#running;
    this.#cursor.close();
    await this.#closeStore();
  }

  async #run(): Promise<void> {
    while (!this.#isStopping) {
      const outcome = await this.#drainOnce();
      this.#endFlush(outcome === 'failed' ? Infinity : this.#state.get('drainedPosition'));
      if (outcome === 'nothing' && this.#fallAsleep()) break;
      if (outcome === 'failed') await this.#pause(retryMs(this.#failures));
      else if (outcome !== 'full' && this.#flushing.length === 0) await this.#pause(GATHER_MS);
    }
    this.#running = null;
  }

  async #drainOnce(): Promise<'full' | 'some' | 'nothing' | 'failed'> {
    try {
      const calls = this.#cursor.next(BATCH);
      if (calls.length === 0) return 'nothing';
      const refused = await this.#storeBatch(calls);
      for (const { call, reason } of refused) this.#setAside(call, reason);
      this.#cursor.done(refused.length);
      this.#failures = 0;
      this.#report(null);
      return calls.length === BATCH.calls ? 'full' : 'some';
    } catch (error) {
      this.#failures++;
      this.#report(failureFacts(error, 'store/failed'));
      await this.#closeStore();
      return 'failed';
    }
  }

  /** After some failures that may be a call's fault each goes alone: what fails while others do not is refused. */
  async #storeBatch(calls: readonly JournalCall[]): Promise<RefusedCall[]> {
    this.#store ??= await openStoreAt(this.#setup.store);
    const { inferences } = this.#store;
    if (this.#failures < FAILURES_BEFORE_ALONE) {
      await inferences.append(calls.map(({ inference }) => inference));
      return [];
    }
    const refused: RefusedCall[] = [];
    for (const call of calls) {
      await inferences.append([call.inference]).catch((reason: unknown) => {
        if (isStoresFault(reason)) throw reason;
        refused.push({ call, reason });
      });
    }
    if (refused.length === calls.length) throw refused[0]!.reason;
    return refused;
  }

  #setAside({ inference }: JournalCall, reason: unknown): void {
    const name = `${inference.id.replaceAll(/[^\w-]/g, '_').slice(0, 100)}.json`;
    const content = { reason: failureFacts(reason, 'store/failed'), inference };
    this.#cursor.setAside(name, JSON.stringify(content));
  }

  /** Whether there is nothing to do. A segment that the store has is closed first, so that its file can go. */
  #fallAsleep(): boolean {
    if (this.#cursor.isDoneWithOpenSegment) {
      if (performance.now() - this.#rotatedAt < ROTATE_MS) return false;
      this.#rotatedAt = performance.now();
      this.#send({ kind: 'rotate' });
    }
    this.#state.fallAsleep('drainAwake');
    if (!this.#cursor.hasMore) return true;
    this.#state.wake('drainAwake');
    return false;
  }

  #endFlush(reached: number): void {
    const isDone = ({ until }: { until: number }): boolean => until <= reached;
    for (const { resolve } of this.#flushing.filter(isDone)) resolve();
    this.#flushing = this.#flushing.filter((waiting) => !isDone(waiting));
  }

  async #pause(ms: number): Promise<void> {
    this.#interrupt = new AbortController();
    await pause(ms, undefined, { signal: this.#interrupt.signal }).catch(() => undefined);
  }

  #report(problem: FailureFacts | null): void {
    if ((problem?.message ?? null) === this.#problem) return;
    this.#problem = problem?.message ?? null;
    this.#send({ kind: 'problem', problem });
  }

  async #closeStore(): Promise<void> {
    const store = this.#store;
    this.#store = null;
    await store?.close().catch(() => undefined);
  }
}

interface RefusedCall {
  call: JournalCall;
  reason: unknown;
}

function isStoresFault(reason: unknown): boolean {
  return reason instanceof HomegrownError && STORES_FAULTS.has(reason.code);
}

/** Longer after each failure, and never the same for two processes. */
function retryMs(failures: number): number {
  const longest = Math.min(RETRY.longestMs, RETRY.firstMs * 2 ** (failures - 1));
  return longest * (0.5 + Math.random() / 2);
}
