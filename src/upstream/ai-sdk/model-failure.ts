import { APICallError } from '@ai-sdk/provider';
import { messageOf, systemCodeOf } from '../../errors/homegrown-error.ts';
import type { WireFailure } from '../wire-upstream.ts';
import { forwardedResponseHeaders } from './wire-headers.ts';
import { isRecord } from './parse-at.ts';
import { WireRefusal } from './wire-refusal.ts';

/** No whole answer came, and the provider sent no error of its own to pass on. */
export class ModelFailure extends Error implements WireFailure {
  readonly code: string;

  constructor(facts: { code: string; message: string; cause?: unknown }) {
    super(facts.message, { cause: facts.cause });
    this.name = 'ModelFailure';
    this.code = facts.code;
  }
}

/** An answer that is an error: the provider's own, or a refusal of ours. */
export interface ErrorAnswer {
  status: number;
  headers: Record<string, string | string[]>;
  body: string;
}

/** What a thrown value means: an error to answer with, or a failure. */
export type Outcome = { answer: ErrorAnswer } | { failure: WireFailure };

/** Sorts whatever a model object threw or put into its stream. */
export function outcomeOf(thrown: unknown): Outcome {
  if (thrown instanceof WireRefusal) return { answer: refusalAnswer(thrown) };
  if (thrown instanceof ModelFailure) return { failure: thrown };
  if (APICallError.isInstance(thrown)) return outcomeOfCall(thrown);
  const name = thrown instanceof Error ? thrown.name : '';
  if (
    /^AI_(UnsupportedFunctionality|InvalidPrompt|InvalidArgument|NoSuchProviderReference|TooManyEmbeddingValuesForCall)Error$/.test(
      name,
    )
  ) {
    return {
      answer: refusalAnswer(new WireRefusal({ code: 'unsupported_parameter', message: messageOf(thrown) })),
    };
  }
  return { failure: failureOf(thrown, name) };
}

function refusalAnswer(refusal: WireRefusal): ErrorAnswer {
  return { status: refusal.status, headers: { 'content-type': 'application/json' }, body: refusal.toBody() };
}

function outcomeOfCall(thrown: APICallError): Outcome {
  const status = thrown.statusCode;
  if (status === undefined) return { failure: failureOf(thrown, thrown.name) };
  if (status < 400) {
    const message = `the provider's answer could not be read: ${thrown.message}`;
    const isCut = thrown.isRetryable;
    return { failure: new ModelFailure({ code: isCut ? 'reset' : 'malformed', message, cause: thrown }) };
  }
  return {
    answer: {
      status,
      headers: { ...forwardedResponseHeaders(thrown.responseHeaders), 'content-type': 'application/json' },
      body: JSON.stringify({ error: errorObject(thrown, status) }),
    },
  };
}

/** The provider's error in OpenAI's shape, whatever its own is. */
function errorObject(thrown: APICallError, status: number): Record<string, unknown> {
  const sent = sentError(thrown.responseBody);
  const type = typeof sent?.['type'] === 'string' ? sent['type'] : defaultType(status);
  const message = typeof sent?.['message'] === 'string' ? sent['message'] : thrown.message;
  return { ...sent, message, type, param: sent?.['param'] ?? null, code: sent?.['code'] ?? null };
}

function sentError(body: string | undefined): Record<string, unknown> | null {
  if (body === undefined) return null;
  try {
    const parsed = JSON.parse(body) as unknown;
    if (!isRecord(parsed)) return null;
    return isRecord(parsed['error']) ? parsed['error'] : null;
  } catch {
    return null;
  }
}

function defaultType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

function failureOf(thrown: unknown, name: string): WireFailure {
  const message = messageOf(thrown).slice(0, 500);
  if (/^AI_(LoadAPIKey|LoadSetting)Error$/.test(name))
    return new ModelFailure({ code: 'no-key', message, cause: thrown });
  if (
    /^AI_(InvalidResponseData|TypeValidation|JSONParse|EmptyResponseBody|NoContentGenerated)Error$/.test(name)
  ) {
    return new ModelFailure({ code: 'malformed', message, cause: thrown });
  }
  const system = systemCodeWithin(thrown);
  const code = system === undefined ? 'model-error' : (SYSTEM_CODES[system] ?? 'reset');
  return new ModelFailure({ code, message: errorText(thrown, message), cause: thrown });
}

const SYSTEM_CODES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'unknown-host',
  EAI_AGAIN: 'unknown-host',
  UND_ERR_CONNECT_TIMEOUT: 'connect-timeout',
  ETIMEDOUT: 'connect-timeout',
  UND_ERR_HEADERS_TIMEOUT: 'stalled',
  UND_ERR_BODY_TIMEOUT: 'stalled',
};

/** Error parts of a stream hold whatever the provider sent. */
function errorText(thrown: unknown, message: string): string {
  if (isRecord(thrown) && !(thrown instanceof Error)) {
    return typeof thrown['message'] === 'string'
      ? thrown['message'].slice(0, 500)
      : JSON.stringify(thrown).slice(0, 500);
  }
  return message;
}

function systemCodeWithin(thrown: unknown): string | undefined {
  let current = thrown;
  for (let depth = 0; depth < 8 && current instanceof Error; depth++) {
    const code = systemCodeOf(current);
    if (code !== undefined && /^(E[A-Z_]+|UND_ERR_[A-Z_]+)$/.test(code)) return code;
    current = current.cause;
  }
  return undefined;
}
