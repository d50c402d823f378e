import { writeFailure } from '../../util/atomic-file.ts';
import { type FailureFacts, failureFacts } from './capture-messages.ts';
import type { RecordPlace } from './record-source.ts';

/** Calls that are written together. */
export interface JournalGroup {
  frames: Buffer[];
  bytes: number;
  /** Sequence numbers of the frames. */
  sequences: number[];
  /** Those that cannot be kept, and why the last one cannot. */
  failed: number[];
  failure: FailureFacts | null;
  /** Sequence number of the last one. */
  last: number;
  /** When the first one was taken by the main thread. */
  oldestMs: number;
  /** Behind the last one. */
  end: RecordPlace;
}

export function emptyGroup(): JournalGroup {
  const end = { block: 0, offset: 0 };
  return { frames: [], bytes: 0, sequences: [], failed: [], failure: null, last: 0, oldestMs: 0, end };
}

export function isEmptyGroup({ frames, failed }: JournalGroup): boolean {
  return frames.length === 0 && failed.length === 0;
}

/** The disk took none of it. */
export function failGroup(group: JournalGroup, directory: string, cause: unknown): void {
  const { message, where, hint } = failureFacts(writeFailure(directory, cause), 'file/write-failed');
  group.failed.push(...group.sequences);
  group.failure = { code: 'capture/write-failed', message, where, hint };
  group.frames = [];
  group.sequences = [];
  group.bytes = 0;
}

export const DEADLY_CALL: FailureFacts = {
  code: 'capture/not-prepared',
  message: 'the thread that keeps calls ended twice at the same call, which was left out',
};

export function journalFull(where: string, most: number): FailureFacts {
  return {
    code: 'capture/full',
    message: `${most} bytes of calls wait here for the store, and no more are allowed`,
    where,
    hint: 'Bring the store back, or raise `capture.maxWaitingBytes` in homegrown.config.ts.',
  };
}
