import { HomegrownError, messageOf } from '../../errors/homegrown-error.ts';
import type { RedactionKind } from '../../schema/capture-config.ts';
import type { StoreLocation } from './store-location.ts';

/** A failure that crosses threads: facts of a HomegrownError. */
export interface FailureFacts {
  readonly code: string;
  readonly message: string;
  readonly where?: string | undefined;
  readonly hint?: string | undefined;
}

/** The facts of anything thrown; what is no HomegrownError gets `code`. */
export function failureFacts(thrown: unknown, code: string): FailureFacts {
  if (!(thrown instanceof HomegrownError)) return { code, message: messageOf(thrown) };
  const { where, hint } = thrown;
  const prefix = where === undefined ? '' : `${where}: `;
  const message = thrown.message.startsWith(prefix) ? thrown.message.slice(prefix.length) : thrown.message;
  return { code: thrown.code, message, where, hint };
}

/** What the thread that writes the journal starts with. */
export interface JournalSetup {
  readonly shared: SharedArrayBuffer;
  readonly directory: string;
  readonly firstSegment: number;
  readonly isSync: boolean;
  readonly flushMs: number;
  readonly maxWaitingBytes: number;
  readonly redact: readonly RedactionKind[];
  /** A record that a thread died of twice, not to be tried again. */
  readonly skip: { readonly block: number; readonly offset: number } | null;
}

/** Main thread → journal thread. */
export type ToJournal =
  | { readonly kind: 'block'; readonly index: number; readonly shared: SharedArrayBuffer }
  /** There is work: it was asleep. */
  | { readonly kind: 'wake' }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'flush'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number };

/** Journal thread → main thread. */
export type FromJournal =
  /** In `sync`: all up to this one are settled; those in `failed` are lost. */
  | { readonly kind: 'settled'; readonly sequence: number; readonly failed: FailedCalls | null }
  | { readonly kind: 'problem'; readonly problem: FailureFacts | null }
  | { readonly kind: 'wake-drain' }
  | { readonly kind: 'done'; readonly id: number };

export interface FailedCalls {
  readonly sequences: readonly number[];
  readonly failure: FailureFacts;
}

/** What the thread that fills the store starts with. */
export interface DrainSetup {
  readonly shared: SharedArrayBuffer;
  readonly directory: string;
  /** Segments before it are from processes that are gone. */
  readonly firstSegment: number;
  /** Whether they still have to be counted. */
  readonly countFound: boolean;
  readonly store: StoreLocation;
}

/** Main thread → drain thread. */
export type ToDrain =
  | { readonly kind: 'wake' }
  | { readonly kind: 'flush'; readonly id: number }
  | { readonly kind: 'close'; readonly id: number };

/** Drain thread → main thread. */
export type FromDrain =
  | { readonly kind: 'problem'; readonly problem: FailureFacts | null }
  /** All of the segment is in the store: when nothing is written to it any more it can be deleted. */
  | { readonly kind: 'rotate' }
  | { readonly kind: 'done'; readonly id: number };
