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
  /** Exactly once. */
  settle(used: UsedByCall): void;
}

/** What a call really used; null (unknown) counts as the reserved worst case. */
export interface UsedByCall {
  readonly tokens: TokenCounts | null;
  readonly costUsd: number | null;
  /** Whether anybody may charge for it; otherwise it used no tokens and no money. */
  readonly sent: boolean;
  /** Whether anybody was asked at all; otherwise it does not even count as a request. Default: `sent`. */
  readonly asked?: boolean;
  /** Who answered, as in `InferenceSummary`. */
  readonly target?: string | null;
}

/** Decides who may call, and how much. Refusals are thrown as `ApiError` (401, 403, 429 with `retry-after`, 503). */
export interface Gatekeeper {
  /** Cheap for a key seen lately: then it answers without a promise. `address` is the peer's, of the socket. */
  identify(headers: IncomingHttpHeaders, address: string | undefined): Caller | Promise<Caller>;
  /** `targets` are all that may answer, whose dearest is reserved; `asked`: what own models among them ask in turn. */
  admit(
    caller: Caller,
    facts: CallFacts,
    targets: readonly string[],
    asked?: readonly string[],
  ): Admission | Promise<Admission>;
  /** What the operator of a server that starts should know; null: nothing. */
  warning(server: { isReachable: boolean }): Promise<string | null>;
  /** Gives back what was taken ahead of calls; after the last one was settled. */
  close(): Promise<void>;
}
