import type { TokenCounts } from '../../schema/inference.ts';
import type { ApiError } from '../api-error.ts';

/** A whole answer that has not been sent to the client. */
export interface HeldAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Uint8Array;
}

/** Why a target gave no answer that could be used. Nothing of it has reached the client. */
export interface TargetFailure {
  /** Stable, for example `status-429`, `cut`, `first-content-timeout`. */
  readonly code: string;
  /** For the operator's log. */
  readonly message: string;
  /** HTTP status that the target answered; null when there was none. */
  readonly status: number | null;
  /** The same target may be asked again. */
  readonly isRetryable: boolean;
  /** The next target may be asked. Not so when the request itself was refused. */
  readonly fallsBack: boolean;
  /** The pause that the target asked for, milliseconds. */
  readonly askedMs: number | null;
  /** The target may have worked, and charge, for it. */
  readonly perhapsBilled: boolean;
  /** What the client gets when nobody else is left to ask. */
  readonly answer: HeldAnswer | ApiError;
}

/** A failure in the middle of an answer, told to the client inside it. */
export interface CutAnswer {
  readonly code: string;
  readonly message: string;
}

/** What the answer says of itself. */
export interface AnswerFacts {
  readonly tokens: TokenCounts | null;
  readonly responseId: string | null;
}

/** What became of one attempt. */
export type AttemptResult =
  | ({
      readonly kind: 'whole';
      readonly answer: HeldAnswer;
      /** As in `CostOf`. */
      readonly upstreamUsd?: number | null;
    } & AnswerFacts)
  /** The client has all but the `tail`; `cut` says why the answer is not whole. */
  | ({
      readonly kind: 'streamed';
      readonly status: number;
      readonly tail: Uint8Array | null;
      readonly cut: CutAnswer | null;
      readonly firstContentMs: number;
      /** The bytes the client gets, `tail` included. */
      readonly bytes: readonly Uint8Array[];
    } & AnswerFacts)
  | { readonly kind: 'failed'; readonly failure: TargetFailure }
  /** The client has left. `wasSent`: the target had been asked. */
  | ({
      readonly kind: 'left';
      readonly status: number | null;
      readonly firstContentMs: number | null;
      readonly bytes: readonly Uint8Array[] | null;
    } & AnswerFacts);
