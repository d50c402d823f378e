import { gzipSync } from 'node:zlib';
import { type Fault, numberOf } from './fault.ts';
import { errorBody } from './error-body.ts';
import type { ModelAnswer, StreamPart } from './model-answer.ts';
import { oddlyFramed } from './odd-framing.ts';

/** How an answer goes over the wire. */
export interface ReplyPlan {
  delayMs: number;
  status: number;
  headers: Record<string, string>;
  /** `close`: neither a length nor chunks; the body ends with the connection. */
  framing: 'length' | 'chunked' | 'close';
  /** The declared length when it is not the true one. */
  claimedLength: number | null;
  /** Between head and body. */
  contentDelayMs: number;
  pieces: readonly Buffer[];
  gapMs: number;
  /** `rst` and `fin` close the connection before the answer is whole; `stall` goes silent; `endless` never stops. */
  ending: 'end' | 'end-and-close' | 'rst' | 'fin' | 'stall' | 'endless';
  /** Closes, goes silent or writes this instead of a head. */
  instead: 'close' | 'stall' | Buffer | null;
}

/** The plan of a good answer, changed by the fault. */
export function replyPlan(fault: Fault, answer: ModelAnswer, isStream: boolean): ReplyPlan {
  const good = isStream ? goodStream(fault, answer.parts) : goodBody(fault, Buffer.from(answer.plain));
  const status = /^status-(\d{3})$/.exec(fault.name)?.[1];
  if (status !== undefined) return statusPlan(good, fault, Number(status));
  return { ...good, ...changes(fault, good, isStream ? answer.parts : null) };
}

const JSON_TYPE = { 'content-type': 'application/json' };
const STREAM_TYPE = { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' };

function goodBody(fault: Fault, body: Buffer): ReplyPlan {
  const framing = fault.settings['framing'] as ReplyPlan['framing'] | undefined;
  return {
    delayMs: 0,
    status: 200,
    headers: JSON_TYPE,
    framing: framing ?? 'length',
    claimedLength: null,
    contentDelayMs: 0,
    pieces: splitEvery(body, numberOf(fault, 'split', body.length)),
    gapMs: numberOf(fault, 'gap', 0),
    ending: fault.settings['then'] === 'close' ? 'end-and-close' : 'end',
    instead: null,
  };
}

function goodStream(fault: Fault, parts: readonly StreamPart[]): ReplyPlan {
  const split = fault.settings['split'];
  const pieces =
    split === undefined
      ? parts.map(({ text }) => Buffer.from(text))
      : splitEvery(Buffer.from(textOf(parts)), Number(split));
  const framing = (fault.settings['framing'] as ReplyPlan['framing'] | undefined) ?? 'chunked';
  return { ...goodBody(fault, Buffer.alloc(0)), headers: STREAM_TYPE, framing, pieces };
}

function statusPlan(good: ReplyPlan, fault: Fault, status: number): ReplyPlan {
  const headers: Record<string, string> = { ...JSON_TYPE };
  for (const name of ['retry-after', 'retry-after-ms']) {
    const value = fault.settings[name];
    if (value !== undefined) headers[name] = value;
  }
  const pieces = [Buffer.from(errorBody(status, fault.settings))];
  return { ...good, status, headers, framing: 'length', pieces };
}

type Changes = Partial<ReplyPlan>;

function changes(fault: Fault, good: ReplyPlan, parts: readonly StreamPart[] | null): Changes {
  return (
    silenceAndCuts(fault, good) ??
    (parts === null ? null : streamChanges(fault, parts)) ??
    contentChanges(fault, good)
  );
}

function silenceAndCuts(fault: Fault, good: ReplyPlan): Changes | null {
  const ending = fault.settings['how'] === 'fin' ? 'fin' : 'rst';
  const { pieces } = good;
  const all = Buffer.concat(pieces);
  // A plain body keeps the length that it promised.
  const half = {
    claimedLength: good.framing === 'length' ? all.length : null,
    pieces:
      pieces.length > 1
        ? pieces.slice(0, numberOf(fault, 'after', Math.ceil(pieces.length / 2)))
        : [all.subarray(0, all.length >> 1)],
  };
  const nothing = { claimedLength: half.claimedLength, pieces: [] };
  const table: Record<string, Changes> = {
    'cut-before-headers': { instead: 'close', ending },
    'cut-after-headers': { ...nothing, ending },
    'cut-mid': { ...half, ending },
    'stall-before-headers': { instead: 'stall' },
    'stall-before-content': { ...nothing, ending: 'stall' },
    'stall-mid': { ...half, ending: 'stall' },
    'stall-after-done': { ending: 'stall' },
    'slow-headers': { delayMs: numberOf(fault, 'ms', 300) },
    'slow-content': { contentDelayMs: numberOf(fault, 'ms', 300) },
    'not-http': { instead: Buffer.from('SSH-2.0-OpenSSH_9.2\r\n') },
    endless: { pieces: good.pieces.slice(0, 3), ending: 'endless', framing: 'chunked' },
  };
  return table[fault.name] ?? null;
}

function streamChanges(fault: Fault, parts: readonly StreamPart[]): Changes | null {
  const without = (...roles: StreamPart['role'][]): Buffer[] =>
    parts.flatMap(({ role, text }) => (roles.includes(role) ? [] : [Buffer.from(text)]));
  const middle = parts.findIndex(({ role }) => role === 'content') + numberOf(fault, 'after', 2);
  const before = parts.slice(0, middle).map(({ text }) => Buffer.from(text));
  const after = parts.slice(middle).map(({ text }) => Buffer.from(text));
  const error = Buffer.from(`data: ${errorBody(500, fault.settings)}\n\n`);
  const done = fault.settings['done'] === '1' ? [Buffer.from('data: [DONE]\n\n')] : [];
  switch (fault.name) {
    case 'end-without-done':
      return { pieces: without('end') };
    case 'end-without-finish':
      return { pieces: without('finish', 'usage', 'end') };
    case 'done-without-finish':
      return { pieces: without('finish') };
    case 'malformed-part':
      return { pieces: [...before, Buffer.from('data: {"choices": [{"delta": {"con\n\n'), ...after] };
    case 'bad-utf8-part':
      return { pieces: [...before, badUtf8('data: {"choices":[{"delta":{"content":"?"}}]}\n\n'), ...after] };
    case 'error-part':
      return { pieces: [...before, error, ...done] };
    case 'error-first':
      return { pieces: [error, ...done] };
    case 'odd-framing':
      return { pieces: oddlyFramed(parts) };
    case 'length-framed':
      return { framing: 'length' };
    default:
      return null;
  }
}

function contentChanges(fault: Fault, good: ReplyPlan): Changes {
  const body = Buffer.concat(good.pieces);
  const whole = (bytes: Buffer, more: Changes = {}): Changes => ({
    pieces: [bytes],
    framing: 'length',
    ...more,
  });
  const page = { 'content-type': 'text/html; charset=utf-8' };
  const zipped = { ...good.headers, 'content-encoding': 'gzip' };
  switch (fault.name) {
    case 'trickle':
      return { pieces: splitEvery(body, numberOf(fault, 'bytes', 16)), gapMs: numberOf(fault, 'gap', 5) };
    case 'error-in-200':
      return whole(Buffer.from(errorBody(500, fault.settings)), { headers: JSON_TYPE });
    case 'short-body':
      return whole(body, { claimedLength: body.length + 50, ending: 'fin' });
    case 'malformed-body':
      return whole(body.subarray(0, body.length - 20));
    case 'bad-utf8-body':
      return whole(badUtf8('{"choices":[{"message":{"content":"?"}}]}'));
    case 'html':
      return whole(Buffer.from('<!doctype html><title>Sign in to the network</title>'), {
        status: numberOf(fault, 'status', 200),
        headers: page,
      });
    case 'wrong-content-type':
      return { headers: page };
    case 'gzip-garbage':
      return whole(Buffer.from('this was never compressed'), { headers: zipped });
    case 'gzip':
      return whole(gzipSync(body), { headers: zipped });
    case 'empty':
      return { pieces: [], claimedLength: null };
    case 'huge-header':
      return { headers: { ...good.headers, 'x-huge': 'h'.repeat(numberOf(fault, 'bytes', 100_000)) } };
    default:
      return {};
  }
}

function badUtf8(text: string): Buffer {
  const bytes = Buffer.from(text);
  bytes[bytes.indexOf('?')] = 0xff;
  return bytes;
}

function splitEvery(bytes: Buffer, size: number): Buffer[] {
  const step = Math.max(1, size);
  return Array.from({ length: Math.ceil(bytes.length / step) }, (_, index) =>
    bytes.subarray(index * step, (index + 1) * step),
  );
}

function textOf(parts: readonly StreamPart[]): string {
  return parts.map(({ text }) => text).join('');
}
