import { APICallError } from '@ai-sdk/provider';
import { HomegrownError, messageOf } from '../errors/homegrown-error.ts';
import type { ConnectedModel } from './language-model.ts';
import { LONGEST_PAUSE_MS, retryAfterMs } from './retry-delay.ts';
import { systemCodeWithin } from './system-code-within.ts';

/** Why one attempt failed and what that means for the next. */
export interface AttemptFailure {
  error: HomegrownError;
  retryable: boolean;
  /** The pause the provider asked for, milliseconds. */
  askedMs: number | null;
  /** The provider may have done the work and charge for it, though no answer arrived. */
  perhapsBilled: boolean;
  /** A parameter this model does not know; another attempt without it may succeed. */
  refusedParameter: 'max_tokens' | 'temperature' | null;
}

/** What happened, before it is put into words. */
interface Cause {
  code: string;
  message: string;
  found?: string | undefined;
  hint?: string;
  retryable: boolean;
  askedMs?: number | null;
  perhapsBilled?: boolean;
  refusedParameter?: 'max_tokens' | 'temperature' | null;
}

/** An attempt that got no answer within `timeoutMs`. */
export function timeOutFailure(
  upstream: { name: string; connected: ConnectedModel },
  timeoutMs: number,
): AttemptFailure {
  return failureOf(upstream, {
    code: 'upstream/timeout',
    message: `did not answer within ${timeoutMs / 1000} s`,
    hint: `Try again later, or raise upstreams.${upstream.name}.timeoutMs.`,
    retryable: true,
    perhapsBilled: true,
  });
}

/** A model that used up its output tokens before it wrote anything. */
export function cutOffFailure(
  upstream: { name: string; connected: ConnectedModel },
  maxOutputTokens: number,
): AttemptFailure {
  return failureOf(upstream, {
    code: 'upstream/cut-off',
    message: `used up its ${maxOutputTokens} output tokens before it answered, as reasoning models do`,
    hint: 'Take a model that answers at once, or switch its reasoning off.',
    retryable: false,
  });
}

/** Sorts whatever an AI SDK model threw. The thrown value itself is not kept: it quotes requests and may quote keys. */
export function attemptFailure(
  upstream: { name: string; connected: ConnectedModel },
  thrown: unknown,
): AttemptFailure {
  return failureOf(upstream, causeOf(upstream, thrown));
}

function failureOf(
  { name, connected }: { name: string; connected: ConnectedModel },
  cause: Cause,
): AttemptFailure {
  const error = new HomegrownError({
    code: cause.code,
    message: `upstream "${name}" ${cause.message}`,
    where: connected.where,
    found:
      cause.found === undefined || cause.found === '' ? undefined : quoted(cause.found, connected.secrets),
    hint: cause.hint,
  });
  const { retryable, askedMs = null, perhapsBilled = false, refusedParameter = null } = cause;
  return { error, retryable, askedMs, perhapsBilled, refusedParameter };
}

function causeOf(upstream: { name: string; connected: ConnectedModel }, thrown: unknown): Cause {
  if (!APICallError.isInstance(thrown)) return causeOfOther(thrown);
  const status = thrown.statusCode;
  if (status === undefined) return unreachable(thrown, thrown.isRetryable);
  if (status >= 200 && status < 300) return thrown.isRetryable ? brokenOff(thrown) : malformed(thrown);
  return causeOfStatus(upstream, status, thrown);
}

function causeOfStatus(
  upstream: { name: string; connected: ConnectedModel },
  status: number,
  thrown: APICallError,
): Cause {
  const found = providerMessage(thrown);
  const key = upstream.connected.keyName;
  if (status === 401 || status === 403) {
    return {
      code: 'upstream/refused-key',
      message: `refused the ${key === undefined ? 'call: it wants a key' : `key in ${key}`} (HTTP ${status})`,
      found,
      hint:
        key === undefined
          ? `Name the environment variable that holds the key in upstreams.${upstream.name}.apiKeyEnv.`
          : `Check ${key}: the key may be wrong, expired or without access to ${upstream.connected.modelId}.`,
      retryable: false,
    };
  }
  if (status === 402 || /insufficient_quota/.test(thrown.responseBody ?? '')) {
    const hint = 'Add credit to the account at the provider.';
    return {
      code: 'upstream/no-credit',
      message: `says the account has no credit left (HTTP ${status})`,
      found,
      hint,
      retryable: false,
    };
  }
  if (status === 404) {
    const hint = `Check baseUrl and model of upstreams.${upstream.name}: is "${upstream.connected.modelId}" its exact name?`;
    return {
      code: 'upstream/not-found',
      message: 'knows no such address or model (HTTP 404)',
      found,
      hint,
      retryable: false,
    };
  }
  if (status === 408 || status === 409 || status === 429 || status >= 500)
    return passing(status, thrown, found);
  return {
    code: 'upstream/bad-request',
    message: `did not accept the call (HTTP ${status})`,
    found,
    retryable: false,
    refusedParameter: refusedParameterOf(thrown.responseBody ?? ''),
  };
}

function refusedParameterOf(body: string): AttemptFailure['refusedParameter'] {
  if (body.includes('max_completion_tokens')) return 'max_tokens';
  if (/temperature/.test(body) && /unsupported|not support|only the default/i.test(body))
    return 'temperature';
  return null;
}

function passing(status: number, thrown: APICallError, found: string): Cause {
  const askedMs = retryAfterMs(thrown.responseHeaders, Date.now());
  const tooLong = askedMs !== null && askedMs > LONGEST_PAUSE_MS;
  const pause = tooLong ? ` and asks to wait ${Math.ceil(askedMs / 1000)} s` : '';
  const retryable = !tooLong;
  if (status === 429) {
    return {
      code: 'upstream/rate-limited',
      message: `says there are too many calls (HTTP 429)${pause}`,
      found,
      hint: "Lower requestsPerMinute or concurrency of the upstream in homegrown.config.ts to the provider's limits.",
      retryable,
      askedMs,
    };
  }
  return {
    code: 'upstream/server-error',
    message: `failed (HTTP ${status})${pause}`,
    found,
    hint: 'Try again later.',
    retryable,
    askedMs,
  };
}

function brokenOff(thrown: APICallError): Cause {
  return {
    code: 'upstream/broken-off',
    message: 'broke off in the middle of its answer',
    found: systemCodeWithin(thrown),
    hint: 'Check the network; try again later.',
    retryable: true,
    perhapsBilled: true,
  };
}

function malformed(thrown: APICallError): Cause {
  return {
    code: 'upstream/malformed-answer',
    message: 'answered something that is no chat completion',
    found: thrown.responseBody === undefined ? thrown.message : thrown.responseBody,
    hint: 'Check that baseUrl is the address of an OpenAI-compatible API (it often ends in /v1).',
    retryable: true,
    perhapsBilled: true,
  };
}

function unreachable(thrown: unknown, retryable: boolean): Cause {
  return {
    code: 'upstream/unreachable',
    message: 'cannot be reached',
    found: systemCodeWithin(thrown) ?? messageOf(thrown),
    hint: 'Check the address and the network, and that the server runs.',
    retryable,
    perhapsBilled: systemCodeWithin(thrown) !== 'ECONNREFUSED' && systemCodeWithin(thrown) !== 'ENOTFOUND',
  };
}

/** Model objects may throw anything; what looks like the network is worth another try. */
function causeOfOther(thrown: unknown): Cause {
  const retryable = thrown instanceof Error && 'isRetryable' in thrown && thrown.isRetryable === true;
  if (systemCodeWithin(thrown) !== undefined) return unreachable(thrown, true);
  if (
    thrown instanceof Error &&
    /AI_(InvalidResponseData|TypeValidation|JSONParse|EmptyResponseBody|NoContentGenerated)Error/.test(
      thrown.name,
    )
  ) {
    return {
      code: 'upstream/malformed-answer',
      message: 'answered something that is no chat completion',
      found: thrown.message,
      retryable: true,
      perhapsBilled: true,
    };
  }
  return {
    code: 'upstream/failed',
    message: 'failed',
    found: messageOf(thrown),
    retryable,
    perhapsBilled: true,
  };
}

/** The provider's own sentence: `error.message` of an OpenAI-like body, else the body. */
function providerMessage(thrown: APICallError): string {
  const body = thrown.responseBody ?? '';
  try {
    const parsed = JSON.parse(body) as { error?: { message?: unknown } | string; message?: unknown } | null;
    const inner =
      typeof parsed?.error === 'object' ? parsed.error?.message : (parsed?.error ?? parsed?.message);
    return typeof inner === 'string' ? inner : body;
  } catch {
    return body;
  }
}

/** One line of at most 200 characters in quotes, without anything that is or looks like a key. */
function quoted(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const secret of secrets) clean = clean.replaceAll(secret, '[key]');
  clean = clean
    .replace(/\b(Bearer\s+)\S+/gi, '$1[key]')
    .replace(/\b(sk|pk|rk|key|gsk|xai)[-_][A-Za-z0-9_*.-]{6,}/g, '[key]')
    .replace(/\s+/g, ' ')
    .trim();
  return JSON.stringify(clean.length > 200 ? `${clean.slice(0, 200).toWellFormed()}…` : clean);
}
