import type { InferenceSummary } from '../schema/inference.ts';

/** When a call counts as kept. */
export type CaptureMode = 'sync' | 'async' | 'off';

/** A finished call with its bodies as they went over the wire. The buffers are the capture's from then on. */
export interface CapturedCall {
  readonly summary: InferenceSummary;
  /** JSON as the client sent it. */
  readonly request: Uint8Array;
  /** The answer's bytes in order; null when there was none. Server-sent events when `isEventStream`, else JSON. */
  readonly response: readonly Uint8Array[] | null;
  readonly isEventStream: boolean;
}

/** How the capture stands; everything counts from the start of the process. */
export interface CaptureCounters {
  /** Handed in. */
  readonly taken: number;
  /** Safe on this machine's disk. */
  readonly durable: number;
  /** In the store. */
  readonly stored: number;
  /** Lost because the local log was full or the disk failed. */
  readonly dropped: number;
  /** On disk and not in the store yet. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** Of `stored` and `setAside`: calls that processes which are gone had left on disk. */
  readonly recovered: number;
  /** Damaged on disk, or refused by a store that takes others; kept in a folder beside the journal. */
  readonly setAside: number;
  /** Longest time that a call was in memory alone, milliseconds; null before the first. Above `flushMs` the machine was too slow for the promise. */
  readonly longestInMemoryMs: number | null;
  /** Why calls are not kept or the store does not take them now; null when all is well. */
  readonly problem: string | null;
}

/** Keeps calls, off the path of their answers. */
export interface Capture {
  readonly mode: CaptureMode;
  /** Takes a call. In `sync` the promise resolves when the call is fsynced, and rejects when it cannot be; in `async` there is none. */
  record(call: CapturedCall): Promise<void> | undefined;
  counters(): CaptureCounters;
  /** Resolves when all that was taken before is in the store, or on disk if the store does not answer. */
  flush(): Promise<void>;
  close(): Promise<void>;
}
