import type { IncomingHttpHeaders } from 'node:http';
import type { KeyRole } from '../schema/api-key.ts';
import type { TokenCounts } from '../schema/inference.ts';
import type { CallFacts } from './call-facts.ts';

/** Who calls, once its key was looked at. */
export interface Caller {
  /** Id of the key; null on a server without keys. */
  readonly key: string | null;
  readonly role: KeyRole;
  /** Tasks it may call; null: all. */
  readonly tasks: readonly string[] | null;
  mayCall(task: string | null): boolean;
}

/** A call that may go on: its worst case is reserved. */
export interface Admission {
  /** Exactly once, with what was really used; null (unknown) counts as the reserved worst case. A call never sent used nothing. */
  settle(used: { tokens: TokenCounts | null; costUsd: number | null; sent: boolean }): void;
}

/** Decides who may call, and how much. Refusals are thrown as `ApiError` (401, 403, 429 with `retry-after`, 503). */
export interface Gatekeeper {
  /** Cheap for a key seen lately: then it answers without a promise. `address` is the peer's, of the socket. */
  identify(headers: IncomingHttpHeaders, address: string | undefined): Caller | Promise<Caller>;
  /** `targets` are all that may answer, whose dearest is reserved. */
  admit(caller: Caller, facts: CallFacts, targets: readonly string[]): Admission | Promise<Admission>;
  /** Gives back what was taken ahead of calls; after the last one was settled. */
  close(): Promise<void>;
}
