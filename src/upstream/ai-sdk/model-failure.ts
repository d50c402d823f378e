import { APICallError } from '@ai-sdk/provider';
import { messageOf } from '../../errors/homegrown-error.ts';
import { isRecord } from '../../util/is-record.ts';
import type { WireFailure } from '../wire-upstream.ts';
import { forwardedResponseHeaders } from './wire-headers.ts';
import { WireRefusal } from './wire-refusal.ts';
import { systemCodeWithin } from '../system-code-within.ts';

/** No whole answer came, and the provider sent no error of its own to pass on. */
export class ModelFailure extends Error implements WireFailure {
  readonly code: string;
  readonly unsent: boolean;
  readonly final: boolean;

  constructor(facts: { code: string; message: string; cause?: unknown; unsent?: boolean; final?: boolean }) {
    super(facts.message, { cause: facts.cause });
    this.name = 'ModelFailure';
    this.code = facts.code;
    this.unsent = facts.unsent ?? false;
    this.final = facts.final ?? false;
  }
}

/** An error in the words of a provider or of ours, in OpenAI's shape. */
export interface SaidError {
  /** HTTP status; null when the provider said it without one, in the middle of a stream. */
  status: number | null;
  headers: Record<string, string>;
  error: Record<string, unknown>;
}

/** What a thrown value means: an error to pass on, or a failure. */
export type Outcome = { said: SaidError } | { failure: WireFailure };

/** Sorts whatever a model object threw or put into its stream. */
export function outcomeOf(thrown: unknown): Outcome {
  if (thrown instanceof WireRefusal) return refused(thrown);
  if (thrown instanceof ModelFailure) return { failure: thrown };
  if (APICallError.isInstance(thrown)) return outcomeOfCall(thrown);
  if (!(thrown instanceof Error)) return outcomeOfErrorPart(thrown);
  if (REQUEST_ERRORS.test(thrown.name)) {
    return refused(new WireRefusal({ code: 'unsupported_parameter', message: thrown.message }));
  }
  return { failure: failureOf(thrown) };
}

const REQUEST_ERRORS =
  /^AI_(UnsupportedFunctionality|InvalidPrompt|InvalidArgument|NoSuchProviderReference|TooManyEmbeddingValuesForCall)Error$/;
const ANSWER_ERRORS =
  /^AI_(InvalidResponseData|TypeValidation|JSONParse|EmptyResponseBody|NoContentGenerated)Error$/;

function refused(refusal: WireRefusal): Outcome {
  const { status, message, param, code } = refusal;
  return { said: { status, headers: {}, error: { message, type: 'invalid_request_error', param, code } } };
}

function outcomeOfCall(thrown: APICallError): Outcome {
  const status = thrown.statusCode;
  if (status === undefined) return { failure: failureOf(thrown) };
  if (status < 400) {
    const message = `the provider's answer could not be read: ${thrown.message}`;
    const isCut = thrown.isRetryable;
    return { failure: new ModelFailure({ code: isCut ? 'cut' : 'malformed', message, cause: thrown }) };
  }
  const error = errorObject(sentError(thrown.responseBody), { status, message: thrown.message });
  return { said: { status, headers: forwardedResponseHeaders(thrown.responseHeaders), error } };
}

/** Error parts of a stream hold what the provider sent, as it is or with the status that it stands for. */
function outcomeOfErrorPart(part: unknown): Outcome {
  const sent = isRecord(part) && isRecord(part['error']) ? part['error'] : part;
  const status = isRecord(part) && typeof part['statusCode'] === 'number' ? part['statusCode'] : null;
  const message = isRecord(sent) ? JSON.stringify(sent).slice(0, 500) : String(sent);
  const { statusCode: _status, isRetryable: _retryable, data: _data, ...words } = isRecord(sent) ? sent : {};
  return { said: { status, headers: {}, error: errorObject(words, { status, message }) } };
}

function errorObject(
  sent: Record<string, unknown> | null,
  { status, message }: { status: number | null; message: string },
): Record<string, unknown> {
  return {
    ...sent,
    message: typeof sent?.['message'] === 'string' ? sent['message'] : message,
    type: typeof sent?.['type'] === 'string' ? sent['type'] : defaultType(status),
    param: sent?.['param'] ?? null,
    code: sent?.['code'] ?? null,
  };
}

function sentError(body: string | undefined): Record<string, unknown> | null {
  if (body === undefined) return null;
  try {
    const parsed = JSON.parse(body) as unknown;
    return isRecord(parsed) && isRecord(parsed['error']) ? parsed['error'] : null;
  } catch {
    return null;
  }
}

function defaultType(status: number | null): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status === null || status >= 500 ? 'server_error' : 'invalid_request_error';
}

function failureOf(thrown: Error): WireFailure {
  const facts = { message: messageOf(thrown).slice(0, 500), cause: thrown };
  if (/^AI_(LoadAPIKey|LoadSetting)Error$/.test(thrown.name)) {
    return new ModelFailure({ code: 'no-key', unsent: true, final: true, ...facts });
  }
  if (ANSWER_ERRORS.test(thrown.name)) return new ModelFailure({ code: 'malformed', ...facts });
  const system = systemCodeWithin(thrown);
  if (system === undefined) return new ModelFailure({ code: 'model-error', ...facts });
  if (system === 'UND_ERR_CONNECT_TIMEOUT')
    return new ModelFailure({ code: 'connect-timeout', unsent: true, ...facts });
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(system)) {
    return new ModelFailure({ code: 'unreachable', unsent: true, ...facts });
  }
  if (/^UND_ERR_(HEADERS|BODY)_TIMEOUT$/.test(system)) return new ModelFailure({ code: 'stalled', ...facts });
  return new ModelFailure({ code: 'reset', ...facts });
}
