import { type Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { CallKind } from './call-kinds.ts';
import { expectedText } from './expected-text.ts';
import { judgeBody } from './judge-body.ts';

/** How a call ended for the client. */
export interface CallOutcome {
  number: number;
  kind: CallKind;
  /** `refused`: a status below 500 that is not 200. `left`: the client itself went away. `hung`: nobody ended it in time. */
  ended: 'answered' | 'refused' | 'failed' | 'left' | 'hung';
  status: number | null;
  /** Header `x-homegrown-inference`. */
  inference: string | null;
  ms: number;
  /** What was wrong with the behaviour of the gateway; null: nothing. */
  wrong: string | null;
  /** The label that an own model gave, or the text of an answer. */
  text: string;
}

/** Longer than all time-outs and retries of the soak's gateway together. */
const HANG_MS = 90_000;

/** Makes one call and judges what came. */
export function soakCall(
  place: { port: number; agent: Agent },
  call: { number: number; kind: CallKind; text: string },
): Promise<CallOutcome> {
  const { number, kind, text } = call;
  const body = kind.body ?? bodyOf(kind, text);
  const startedAt = performance.now();
  return new Promise((resolve) => {
    let isEnded = false;
    const timers: NodeJS.Timeout[] = [];
    const asked = request({
      host: '127.0.0.1',
      port: place.port,
      agent: place.agent,
      method: 'POST',
      path: kind.path,
      headers: {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'x-fault': kind.fault,
        'x-fault-key': String(number),
        'x-homegrown-tags': `n=${number}`,
        'x-homegrown-user': `user-${number % 1000}`,
      },
    });
    const end = (facts: Omit<CallOutcome, 'number' | 'kind' | 'ms' | 'wrong'>): void => {
      if (isEnded) return;
      isEnded = true;
      for (const timer of timers) clearTimeout(timer);
      const outcome = { number, kind, ms: performance.now() - startedAt, ...facts };
      resolve({ ...outcome, wrong: wrongOf(outcome, body) });
    };
    const giveUp = (ended: 'left' | 'hung'): void => {
      end({ ended, status: null, inference: null, text: '' });
      asked.destroy();
    };
    timers.push(setTimeout(() => giveUp('hung'), HANG_MS));
    if (kind.leaveAfterMs !== undefined) timers.push(setTimeout(() => giveUp('left'), kind.leaveAfterMs));
    send(asked, body, { kind, end });
  });
}

function send(
  asked: ClientRequest,
  body: string,
  {
    kind,
    end,
  }: { kind: CallKind; end: (facts: Omit<CallOutcome, 'number' | 'kind' | 'ms' | 'wrong'>) => void },
): void {
  const failed = (): void => end({ ended: 'failed', status: null, inference: null, text: '' });
  asked.on('error', failed);
  asked.on('response', (response) => {
    const status = response.statusCode ?? 0;
    const given = response.headers['x-homegrown-inference'];
    const inference = typeof given === 'string' ? given : null;
    readWhole(response, (bytes, isWhole) => {
      const verdict = judgeBody(bytes, { status, stream: kind.stream, path: kind.path });
      end({ ended: isWhole ? verdict.ended : 'failed', status, inference, text: verdict.text });
    });
  });
  asked.end(body);
}

function readWhole(response: IncomingMessage, done: (bytes: Buffer, isWhole: boolean) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('error', () => undefined);
  response.on('close', () => done(Buffer.concat(chunks), response.complete));
}

function wrongOf({ kind, ended, text }: Omit<CallOutcome, 'wrong'>, body: string): string | null {
  if (ended === 'hung') return 'not ended in time';
  if (kind.must === 'whole' && ended !== 'answered') return `a good answer was ${ended}`;
  if (kind.must === 'not-whole' && ended === 'answered') return 'a bad answer passed for a good one';
  if (kind.must === 'whole') {
    const expected = expectedText(kind, body);
    if (expected !== null && expected !== text) return 'an answer differs from the upstream’s';
  }
  return null;
}

function bodyOf({ path, model, stream }: CallKind, text: string): string {
  const input =
    path === '/v1/chat/completions' ? { messages: [{ role: 'user', content: text }] } : { input: text };
  return JSON.stringify({ model, ...input, ...(stream ? { stream: true } : {}) });
}
