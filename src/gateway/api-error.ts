/** What goes wrong for a client of the HTTP API, in OpenAI's words. */
export interface ApiErrorFacts {
  status: number;
  message: string;
  /** OpenAI's machine-readable code, for example `model_not_found`. */
  code: string;
  /** The part of the request that is at fault, for example `messages[0].role`. */
  param?: string;
  headers?: Record<string, string>;
  /** More that programs may want to know, for example which limit was reached; stands beside the code. */
  details?: Readonly<Record<string, unknown>>;
}

/** A failure that is shown to the client as it is: its message holds no internals. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly headers: Record<string, string>;
  readonly details: Readonly<Record<string, unknown>>;

  constructor({ status, message, code, param, headers, details }: ApiErrorFacts) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.param = param ?? null;
    this.headers = headers ?? {};
    this.details = details ?? {};
  }

  /** The body that OpenAI's clients understand. */
  toBody(): string {
    const type = this.status >= 500 ? 'server_error' : 'invalid_request_error';
    const { message, param, code, details } = this;
    return JSON.stringify({ error: { message, type, param, code, ...details } });
  }
}

/** A request that cannot be answered as it is. */
export function badRequest(message: string, param?: string): ApiError {
  return new ApiError({
    status: 400,
    code: 'invalid_value',
    message: param === undefined ? message : `${param}: ${message}`,
    ...(param === undefined ? {} : { param }),
  });
}

/** A connection that ended, or was half closed, in the middle of a request. */
export function requestCut(): ApiError {
  return new ApiError({
    status: 400,
    code: 'body_cut_off',
    message: 'The connection ended before the request did.',
  });
}

/** What a client reads when something broke that is not theirs to know about; the log has the rest. */
export function internalError(requestId: string): ApiError {
  return new ApiError({
    status: 500,
    code: 'internal_error',
    message: `The server failed to answer this request. Its log tells why under the request id ${requestId}.`,
  });
}
