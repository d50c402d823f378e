/** One problem of one feedback in a list that was refused. */
export interface FeedbackProblem {
  /** Place in the list, from 0. */
  readonly index: number;
  /** The part that is at fault, for example `output`; empty: all of it. */
  readonly param: string;
  readonly message: string;
}

/** What the server answered instead of a result. */
export interface ApiErrorFacts {
  readonly status: number;
  readonly code: string | null;
  readonly message: string;
  readonly param: string | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  readonly problems: readonly FeedbackProblem[];
}

/** The server answered with an error. */
export class HomegrownApiError extends Error {
  override readonly name = 'HomegrownApiError';
  /** HTTP status. */
  readonly status: number;
  /** Stable, for example `model_not_found`; null when whoever answered was no Homegrown server. */
  readonly code: string | null;
  /** The part of the request that is at fault. */
  readonly param: string | null;
  /** Under which the server's log tells more. */
  readonly requestId: string | null;
  /** How long the server wants to be left alone; null when it did not say. */
  readonly retryAfterMs: number | null;
  /** Of feedback that was refused, every one of them. */
  readonly problems: readonly FeedbackProblem[];

  constructor({ status, code, message, param, requestId, retryAfterMs, problems }: ApiErrorFacts) {
    super(message);
    this.status = status;
    this.code = code;
    this.param = param;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
    this.problems = problems;
  }

  /** Whether the same request may succeed later. */
  get isRetryable(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** No whole answer came: the server cannot be reached, or not in time. */
export class HomegrownConnectionError extends Error {
  override readonly name = 'HomegrownConnectionError';

  constructor(message: string, cause: unknown) {
    super(message, { cause });
  }
}
