import { errorInBody } from '../../protocol/plain-answer.ts';
import type { ProviderError } from '../../protocol/provider-error.ts';
import type { WireFailure } from '../../upstream/wire-upstream.ts';
import { retryAfterMs } from '../../upstream/retry-delay.ts';
import { ApiError } from '../api-error.ts';
import type { HeldAnswer, TargetFailure } from './attempt-result.ts';

/** What the client reads about each kind of failure, after `The upstream "main" `. */
const WORDS: Readonly<Record<string, string>> = {
  unreachable: 'cannot be reached.',
  'connect-timeout': 'cannot be reached: no connection in time.',
  reset: 'closed the connection before it answered.',
  cut: 'broke off in the middle of its answer.',
  'bad-http': 'answered something that is no HTTP.',
  'bad-encoding': 'sent an answer that cannot be decoded.',
  'first-content-timeout': 'sent no content in time.',
  'whole-timeout': 'did not finish its answer in time.',
  stalled: 'stopped in the middle of its answer and sent nothing more in time.',
  malformed: 'answered something that is no answer of this API.',
  'not-a-stream': 'was asked for a stream and answered something else.',
  'ended-early': 'ended its stream before the answer was finished.',
  'no-finish-reason': 'ended its stream without saying why the answer ends (finish_reason).',
  'too-large': 'sent more than this server takes (serving.maxAnswerBytes).',
  'error-part': 'sent an error instead of an answer.',
  redirect: 'answered with a redirection.',
};
const TIMEOUTS = new Set(['connect-timeout', 'first-content-timeout', 'whole-timeout', 'stalled']);
/** The same upstream has had its time. */
const NOT_REPEATED = new Set(['first-content-timeout', 'whole-timeout', 'stalled', 'too-large']);
/** Statuses that blame the request itself: it would fail elsewhere too, and its sender wants to know. */
const REQUEST_REFUSED = new Set([400, 405, 406, 411, 413, 414, 415, 416, 422, 431, 451]);
const REPEATED = new Set([408, 409, 425, 429]);

/** The words for a client about a failure of an upstream. */
export function clientWords(upstream: string, code: string, providers?: ProviderError | null): string {
  const own = WORDS[code] ?? 'could not be asked; the server\u2019s log tells why.';
  const said = providers?.message ?? null;
  return `The upstream ${JSON.stringify(upstream)} ${own}${said === null ? '' : ` It said: ${said}`}`;
}

/** The code of a failure in OpenAI's shape: `upstream_cut`. */
export function clientCode(code: string): string {
  return `upstream_${code.replaceAll('-', '_')}`;
}

/** A failure of which the upstream gave no HTTP answer that can be passed on. */
export function upstreamFailure(
  upstream: string,
  failure: WireFailure,
  { status = null }: { status?: number | null } = {},
): TargetFailure {
  const { code, message, unsent = false, final = false } = failure;
  return {
    code,
    message,
    status,
    isRetryable: !final && !NOT_REPEATED.has(code),
    fallsBack: true,
    askedMs: null,
    perhapsBilled: !unsent,
    answer: new ApiError({
      status: TIMEOUTS.has(code) ? 504 : 502,
      code: clientCode(code),
      message: clientWords(upstream, code),
    }),
  };
}

/** An answer with an error status: passed on unchanged when nobody else can be asked. */
export function statusFailure(upstream: string, answer: HeldAnswer): TargetFailure {
  const { status, headers, body } = answer;
  if (status < 400)
    return upstreamFailure(
      upstream,
      { code: 'redirect', message: `HTTP ${status}`, final: true },
      { status },
    );
  const said = errorInBody(body);
  return {
    code: `status-${status}`,
    message: `HTTP ${status}${said?.message === null || said === null ? '' : `: ${said.message}`}`,
    status,
    isRetryable: REPEATED.has(status) || (status >= 500 && status !== 501),
    fallsBack: !REQUEST_REFUSED.has(status),
    askedMs: retryAfterMs(singleHeaders(headers), Date.now()),
    perhapsBilled: false,
    answer,
  };
}

/** An error object where an answer should be: the client gets it with a status that says what it is. */
export function errorObjectFailure(answer: HeldAnswer, error: ProviderError): TargetFailure {
  const status = error.status ?? 502;
  return {
    code: 'error-object',
    message: `an error inside a ${answer.status}: ${error.message ?? error.code ?? 'without words'}`,
    status: answer.status,
    isRetryable: status === 429 || status >= 500,
    fallsBack: !REQUEST_REFUSED.has(status),
    askedMs: retryAfterMs(singleHeaders(answer.headers), Date.now()),
    perhapsBilled: true,
    answer: { ...answer, status },
  };
}

function singleHeaders(headers: HeldAnswer['headers']): Record<string, string> {
  const pick = (name: string): Record<string, string> => {
    const value = headers[name];
    return value === undefined ? {} : { [name]: Array.isArray(value) ? (value[0] ?? '') : value };
  };
  return { ...pick('retry-after'), ...pick('retry-after-ms') };
}
