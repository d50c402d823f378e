import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { CaptureConfig } from '../../schema/capture-config.ts';
import type { Capture, CaptureCounters, CapturedCall } from '../capture.ts';
import { CaptureThreads } from './capture-threads.ts';
import { HandOver } from './hand-over.ts';
import { openOwnJournal, type OwnJournal } from './journal-directory.ts';
import { ownRedaction } from './prepare-call.ts';
import { SettledCalls } from './settled-calls.ts';
import { SharedState } from './shared-state.ts';
import type { StoreLocation } from './store-location.ts';

/** Most bytes of calls that wait in memory for the thread that keeps them. */
const MOST_MEMORY_BYTES = 128 * 1024 * 1024;

export interface OpenCaptureOptions {
  /** Where journals are, a directory of each process in it: `.homegrown/capture`. */
  directory: string;
  store: StoreLocation;
  config: CaptureConfig;
}

/** Starts keeping calls as the config says. Throws `capture/…`, `file/write-failed`. */
export async function openCapture(options: OpenCaptureOptions): Promise<Capture> {
  if (options.config.mode === 'off') return CAPTURES_NOTHING;
  const capture = new JournalCapture(options, await openOwnJournal(options.directory));
  await capture.started();
  return capture;
}

const CAPTURES_NOTHING: Capture = {
  mode: 'off',
  record: () => undefined,
  counters: () => ({
    taken: 0,
    durable: 0,
    stored: 0,
    dropped: 0,
    waiting: 0,
    waitingBytes: 0,
    recovered: 0,
    setAside: 0,
    longestInMemoryMs: null,
    problem: null,
  }),
  flush: async () => undefined,
  close: async () => undefined,
};

/** Hands calls to a thread that writes a journal, which another one brings into the store. */
class JournalCapture implements Capture {
  readonly mode: 'sync' | 'async';
  readonly #own: OwnJournal;
  readonly #state = new SharedState();
  readonly #handOver: HandOver;
  readonly #threads: CaptureThreads;
  readonly #settled = new SettledCalls((isAwaited) => (this.#threads.isAwaited = isAwaited));
  readonly #redactOwn: ReturnType<typeof ownRedaction>;
  #taken = 0;
  /** Never handed over. */
  #refused = 0;
  #isClosing: Promise<void> | null = null;

  constructor({ config, store }: OpenCaptureOptions, own: OwnJournal) {
    this.mode = config.mode === 'sync' ? 'sync' : 'async';
    this.#own = own;
    this.#redactOwn = ownRedaction(config);
    this.#handOver = new HandOver({
      maxBytes: MOST_MEMORY_BYTES,
      settledBlock: () => this.#state.get('settledBlock'),
      onBlock: (block) => this.#threads.addBlock(block),
    });
    this.#threads = new CaptureThreads({
      state: this.#state,
      directory: own.directory,
      store,
      config,
      blocks: () => this.#handOver.blocks,
      onSettled: (sequence, failed) => this.#settled.settle(sequence, failed),
    });
  }

  started(): Promise<void> {
    return this.#threads.started();
  }

  record(call: CapturedCall): Promise<void> | undefined {
    this.#taken++;
    const kept = this.#redactOwn === null ? call : this.#redactOwn(call);
    const sequence = this.#isClosing === null ? this.#handOver.append(kept) : null;
    if (sequence === null) return this.#refuse();
    this.#threads.wakeJournal();
    return this.mode === 'sync' ? this.#settled.wait(sequence) : undefined;
  }

  counters(): CaptureCounters {
    const state = this.#state;
    const longestUs = state.get('longestInMemoryUs');
    return {
      taken: this.#taken,
      durable: state.get('durable'),
      stored: state.get('stored'),
      dropped: state.get('dropped') + this.#refused,
      waiting: state.get('waiting'),
      waitingBytes: state.get('waitingBytes'),
      recovered: state.get('recovered'),
      setAside: state.get('setAside'),
      longestInMemoryMs: longestUs === 0 ? null : longestUs / 1000,
      problem: this.#threads.problem,
    };
  }

  flush(): Promise<void> {
    return this.#threads.flush();
  }

  close(): Promise<void> {
    this.#isClosing ??= this.#threads.close().finally(() => this.#own.release());
    return this.#isClosing;
  }

  #refuse(): Promise<void> | undefined {
    this.#refused++;
    if (this.mode === 'async') return undefined;
    return Promise.reject(this.#isClosing === null ? overloaded() : closed());
  }
}

function overloaded(): HomegrownError {
  return new HomegrownError({
    code: 'capture/overloaded',
    message: `more than ${MOST_MEMORY_BYTES} bytes of calls wait in memory to be written to disk`,
    hint: 'Send fewer calls at once, or give the machine a faster disk or one more processor.',
  });
}

function closed(): HomegrownError {
  return new HomegrownError({
    code: 'capture/closed',
    message: 'the server is stopping and keeps no more calls',
  });
}
