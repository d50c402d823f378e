/** Counts that both worker threads and the main thread see. */
const COUNTS = [
  /** Index of the block and offset in it up to which every record is settled. */
  'settledBlock',
  'settledOffset',
  /** Sequence number of the last record known to be on disk. */
  'durableSequence',
  /** Where the record is that is being prepared: what a thread that dies stumbled over. */
  'preparingBlock',
  'preparingOffset',
  'durable',
  'dropped',
  /** Bytes of frames on disk that the store does not have yet. */
  'waitingBytes',
  'waiting',
  'stored',
  /** Of processes that are gone: calls on disk at the start, going by the frames' headers, and those that were read and settled. */
  'found',
  'recovered',
  'setAside',
  /** End of what is safe on disk: segment number and offset in one number. */
  'durablePosition',
  /** The same, up to which all is in the store. */
  'drainedPosition',
  /** Microseconds: the longest time a call was in memory alone. */
  'longestInMemoryUs',
] as const;
export type SharedCount = (typeof COUNTS)[number];

/** Whether a thread looks for work by itself; one that sleeps must be sent a message. */
const FLAGS = ['journalAwake', 'drainAwake'] as const;
export type AwakeFlag = (typeof FLAGS)[number];

const FLAG_BYTES = 64;

/** Numbers shared between threads, each read and written atomically. */
export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #flags: Int32Array;
  readonly #counts: BigInt64Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(FLAG_BYTES + COUNTS.length * 8)) {
    this.buffer = buffer;
    this.#flags = new Int32Array(buffer, 0, FLAGS.length);
    this.#counts = new BigInt64Array(buffer, FLAG_BYTES, COUNTS.length);
  }

  get(name: SharedCount): number {
    return Number(Atomics.load(this.#counts, COUNTS.indexOf(name)));
  }

  set(name: SharedCount, value: number): void {
    Atomics.store(this.#counts, COUNTS.indexOf(name), BigInt(value));
  }

  add(name: SharedCount, amount: number): void {
    Atomics.add(this.#counts, COUNTS.indexOf(name), BigInt(amount));
  }

  raise(name: SharedCount, value: number): void {
    if (value > this.get(name)) this.set(name, value);
  }

  /** Marks a thread as awake and says whether it was asleep. */
  wake(flag: AwakeFlag): boolean {
    return Atomics.exchange(this.#flags, FLAGS.indexOf(flag), 1) === 0;
  }

  /** The thread must look for work once more after this. */
  fallAsleep(flag: AwakeFlag): void {
    Atomics.store(this.#flags, FLAGS.indexOf(flag), 0);
  }
}
