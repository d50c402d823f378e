import type { Api } from './client-view.ts';

/** A row of the table: something an upstream does, as `test/stand-in/fault.ts` knows it. */
export interface FaultRow {
  /** Name of the fault with its settings. */
  readonly fault: string;
  /** In words for the page. */
  readonly does: string;
  /** Of the answers it can be done to. */
  readonly of: 'plain' | 'stream' | 'both';
  /** Of the endpoints it can be done to. */
  readonly apis: readonly Api[];
  /** When the upstream fails: never (good answers), before the first content, after it, or so that it recovers on the second try. */
  readonly stage: 'never' | 'before' | 'after' | 'once';
  /** The client is given the upstream's own answer, when nobody else can be asked. */
  readonly passes?: { status: number; code: string | null; retryAfter?: string };
  /** The request itself is refused: no fallback is asked. */
  readonly isRefusal?: true;
}

const CHAT: readonly Api[] = ['chat completions'];
const BOTH: readonly Api[] = ['chat completions', 'responses'];

function row(
  fault: string,
  does: string,
  stage: FaultRow['stage'],
  more: Partial<Omit<FaultRow, 'fault' | 'does' | 'stage'>> = {},
): FaultRow {
  return { fault, does, stage, of: 'both', apis: BOTH, ...more };
}

const plain = { of: 'plain' } as const;
const stream = { of: 'stream' } as const;
const chatStream = { of: 'stream', apis: CHAT } as const;

export const FAULT_ROWS: readonly FaultRow[] = [
  row('ok', 'answers well', 'never'),
  row('ok;gap=20', 'pauses for 20 ms between parts', 'never', stream),
  row('ok;split=7', 'sends seven bytes at a time', 'never'),
  row('ok;framing=close', 'ends its answer by closing the connection', 'never'),
  row(
    'odd-framing',
    'frames its events oddly: comments, CRLF, several data lines, split anywhere',
    'never',
    stream,
  ),
  row('gzip', 'compresses its answer, which it was asked not to do', 'never'),
  row('slow-headers;ms=200', 'waits 200 ms before its headers', 'never'),
  row('slow-content;ms=200', 'waits 200 ms between headers and content', 'never'),
  row('end-without-done', 'ends the stream after its finish reason, without `[DONE]`', 'never', chatStream),
  row('stall-after-done', 'never closes the stream after its end', 'never', stream),
  row('wrong-content-type', 'calls its good answer text/html', 'never'),
  row('status-400', 'refuses with 400', 'before', {
    passes: { status: 400, code: 'invalid_value' },
    isRefusal: true,
  }),
  row('status-401', 'refuses with 401', 'before', { passes: { status: 401, code: 'invalid_api_key' } }),
  row('status-404', 'refuses with 404', 'before', { passes: { status: 404, code: 'model_not_found' } }),
  row('status-429;retry-after=7', 'answers 429 and asks for 7 s', 'before', {
    passes: { status: 429, code: 'rate_limit_exceeded', retryAfter: '7' },
  }),
  row('status-429;retry-after-ms=30', 'answers 429 and asks for 30 ms, again and again', 'before', {
    passes: { status: 429, code: 'rate_limit_exceeded', retryAfter: '30' },
  }),
  row('status-500', 'answers 500', 'before', { passes: { status: 500, code: null } }),
  row('status-503;code=overloaded', 'answers 503', 'before', { passes: { status: 503, code: 'overloaded' } }),
  row('status-429-then-ok;retry-after-ms=30', 'answers 429 once, then well', 'once'),
  row('status-500-then-ok', 'answers 500 once, then well', 'once'),
  row('cut-before-headers-then-ok', 'closes the connection once, then answers well', 'once'),
  row('malformed-body-then-ok', 'answers broken JSON once, then well', 'once', plain),
  row('cut-before-headers', 'resets the connection before its headers', 'before'),
  row('cut-before-headers;how=fin', 'closes the connection before its headers', 'before'),
  row('cut-after-headers', 'resets the connection after its headers', 'before'),
  row('cut-mid', 'resets the connection in the middle of its body', 'before', plain),
  row('cut-mid;how=fin', 'closes the connection in the middle of its body', 'before', plain),
  row('cut-mid;framing=close', 'breaks off a body that has no length', 'before', plain),
  row('cut-mid;after=1', 'resets the connection before the first content', 'before', stream),
  row('cut-mid', 'resets the connection in the middle of its stream', 'after', stream),
  row('cut-mid;how=fin', 'closes the connection in the middle of its stream', 'after', stream),
  row('cut-mid;framing=close', 'breaks off a stream that its closed connection would end', 'after', stream),
  row(
    'end-without-finish',
    'ends the stream without a finish reason and without `[DONE]`',
    'after',
    chatStream,
  ),
  row('done-without-finish', 'sends `[DONE]` without a finish reason', 'after', chatStream),
  row('stall-before-headers', 'says nothing at all', 'before'),
  row('stall-before-content', 'sends headers and then nothing', 'before'),
  row('stall-mid', 'stops in the middle of its body', 'before', plain),
  row('stall-mid', 'stops in the middle of its stream', 'after', stream),
  row('malformed-part', 'sends a part that is no JSON', 'after', stream),
  row('error-part', 'sends an error in the middle of its stream', 'after', stream),
  row('error-part;done=1', 'sends an error in the middle of its stream, and `[DONE]`', 'after', chatStream),
  row('error-first', 'sends an error as the first part of its stream', 'before', stream),
  row('error-in-200', 'answers 200 with an error object', 'before'),
  row('short-body', 'sends less than its content-length promised', 'before', plain),
  row('malformed-body', 'sends JSON that breaks off', 'before', plain),
  row('html', 'answers 200 with a page of HTML', 'before'),
  row('html;status=502', 'answers 502 with a page of HTML', 'before', {
    passes: { status: 502, code: null },
  }),
  row('gzip-garbage', 'sends garbage and calls it gzip', 'before'),
  row('empty', 'answers 200 with nothing', 'before'),
  row('not-http', 'answers something that is no HTTP', 'before'),
  row('huge-header', 'sends a header of 100,000 bytes', 'before'),
  row('endless', 'never stops sending', 'before', plain),
  row('endless', 'never stops sending', 'after', chatStream),
  row('endless', 'never stops sending', 'before', { of: 'stream', apis: ['responses'] }),
];
