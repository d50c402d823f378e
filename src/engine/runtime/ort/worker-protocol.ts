/** What a worker can be asked: by name, one argument and its answer. */
export type WorkerCalls<Calls> = { [Name in keyof Calls]: { request: unknown; response: unknown } };

export interface WorkerRequest {
  readonly id: number;
  readonly name: string;
  readonly request: unknown;
}

/** A request that is no longer wanted; it is not begun when it has not been yet. */
export interface WorkerCancellation {
  readonly cancelled: number;
}

/** Facts of a `HomegrownError`, or what else was thrown, as text. */
export interface WorkerFailure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

export type WorkerAnswer =
  | { readonly id: number; readonly response: unknown }
  | { readonly id: number; readonly failure: WorkerFailure };
