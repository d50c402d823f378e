import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { UpstreamRecord } from './faulty-upstream.ts';
import type { ReplyPlan } from './reply-plan.ts';

/** Writes an answer as planned; ends early when the other side leaves. */
export async function sendReply(
  plan: ReplyPlan,
  record: UpstreamRecord,
  response: ServerResponse,
): Promise<void> {
  const { socket } = response;
  if (socket === null) return;
  if (plan.delayMs > 0) await sleep(plan.delayMs);
  if (socket.destroyed || plan.instead === 'stall') return;
  if (plan.instead === 'close') return closeEarly(plan.ending, record, response);
  if (plan.instead !== null) {
    record.answeredAt = performance.now();
    socket.end(plan.instead);
    return;
  }
  writeHead(plan, record, response);
  if (plan.contentDelayMs > 0) await sleep(plan.contentDelayMs);
  for (const [index, piece] of plan.pieces.entries()) {
    if (index > 0 && plan.gapMs > 0) await sleep(plan.gapMs);
    if (!(await write(response, piece, record))) return;
  }
  await end(plan, record, response);
}

function writeHead(plan: ReplyPlan, record: UpstreamRecord, response: ServerResponse): void {
  const length = plan.claimedLength ?? plan.pieces.reduce((sum, { length: bytes }) => sum + bytes, 0);
  const headers: Record<string, string> = {
    ...plan.headers,
    'x-request-id': `req_up_${record.index}`,
    'openai-processing-ms': '12',
    'openai-version': '2020-10-01',
    'x-ratelimit-remaining-requests': '9999',
    ...(plan.framing === 'length' ? { 'content-length': String(length) } : {}),
  };
  if (plan.framing === 'close') {
    response.removeHeader('transfer-encoding');
    response.shouldKeepAlive = false;
  }
  response.writeHead(plan.status, headers);
  response.flushHeaders();
}

/** False when nobody is there any more. */
async function write(response: ServerResponse, piece: Buffer, record: UpstreamRecord): Promise<boolean> {
  if (response.destroyed || response.socket?.destroyed !== false) return false;
  record.writtenBytes += piece.length;
  if (!response.write(piece)) {
    const done = new AbortController();
    await Promise.race([
      once(response, 'drain', { signal: done.signal }),
      once(response, 'close', { signal: done.signal }),
    ]).catch(() => undefined);
    done.abort();
  }
  return !response.destroyed;
}

async function end(plan: ReplyPlan, record: UpstreamRecord, response: ServerResponse): Promise<void> {
  switch (plan.ending) {
    case 'end':
      response.end();
      return;
    case 'end-and-close': {
      const { socket } = response;
      response.end(() => socket?.end());
      return;
    }
    case 'rst':
    case 'fin':
      // What was written before has arrived by then.
      await sleep(10);
      return closeEarly(plan.ending, record, response);
    case 'endless':
      while (await write(response, plan.pieces.at(-1)!, record));
      return;
    case 'stall':
      return;
    default:
      plan.ending satisfies never;
  }
}

function closeEarly(ending: ReplyPlan['ending'], record: UpstreamRecord, response: ServerResponse): void {
  record.answeredAt ??= performance.now();
  if (ending === 'rst') response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}
