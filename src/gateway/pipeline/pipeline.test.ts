import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, post, user } from '../../../test/support/http-ask.ts';
import { type RecordedHooks, recordingHooks } from '../../../test/support/recording-hooks.ts';
import { type ServedUpstreams, serveUpstreams } from '../../../test/support/serve-upstreams.ts';
import {
  type FaultyUpstream,
  startFaultyUpstream,
  type UpstreamRecord,
} from '../../../test/stand-in/faulty-upstream.ts';

const SERVING = { firstContentMs: 300, betweenPartsMs: 200, wholeMs: 600, retries: 1, maxPauseMs: 300 };

interface Scene {
  upstream: FaultyUpstream;
  gateway: ServedUpstreams;
  recorded: RecordedHooks;
  /** Posts a chat completion of the model `fault:<fault>`. */
  chat(fault: string, extra?: object, headers?: Record<string, string>): Promise<Answer>;
}

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(
  options: Parameters<typeof recordingHooks>[0] & { serving?: object } = {},
): Promise<Scene> {
  const upstream = await startFaultyUpstream();
  closing.push(() => upstream.close());
  const recorded = recordingHooks(options);
  const main = { baseUrl: upstream.baseUrl, model: 'm', serving: { ...SERVING, ...options.serving } };
  const gateway = await serveUpstreams({ upstreams: { main } }, { hooks: recorded.hooks });
  closing.push(() => gateway.close());
  const chat = (fault: string, extra: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
    post(
      `${gateway.server.url}/v1/chat/completions`,
      { model: `fault:${fault}`, messages: user('hi'), ...extra },
      headers,
    );
  return { upstream, gateway, recorded, chat };
}

const until = async (holds: () => boolean): Promise<void> => {
  const end = performance.now() + 5000;
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

describe('every call is settled, kept and told once', () => {
  const answered = { sent: true, asked: true, costUsd: 0.25, target: expect.stringMatching(/^main\/fault:/) };
  const known = {
    tokens: expect.objectContaining({ input: expect.any(Number), output: expect.any(Number) }),
  };
  const unknown = { tokens: null };

  test.each<[string, string, object, object, number, string | null]>([
    ['answered', 'ok', {}, { ...answered, ...known }, 200, null],
    ['streamed', 'ok', { stream: true }, { ...answered, ...known }, 200, null],
    ['answered at the second try', 'status-500-then-ok', {}, { ...answered, ...known }, 200, null],
    ['refused', 'status-400', {}, { ...unknown, sent: false, asked: true, target: null }, 400, 'status-400'],
    ['limited', 'status-429;retry-after=9', {}, { ...unknown, sent: false }, 429, 'status-429'],
    [
      'cut before its headers',
      'cut-before-headers',
      {},
      { ...unknown, sent: true, target: null },
      502,
      'reset',
    ],
    ['cut in its stream', 'cut-mid', { stream: true }, { ...answered, ...unknown }, 200, 'upstream_cut'],
    ['stalled', 'stall-mid', { stream: true }, { ...answered, ...unknown }, 200, 'upstream_stalled'],
  ])('%s', async (_what, fault, extra, settled, status, error) => {
    const { recorded, chat } = await open();
    await chat(fault, extra);
    await until(() => recorded.summaries.length === 1);
    expect(recorded.settled).toEqual([expect.objectContaining(settled)]);
    const [call] = recorded.captured;
    expect(recorded.captured).toHaveLength(1);
    expect(call!.summary).toBe(recorded.summaries[0]);
    expect(call!.summary).toMatchObject({ status, model: `fault:${fault}`, endpoint: 'chat-completions' });
    expect(call!.summary.error?.code ?? null).toBe(error);
    expect(recorded.open()).toBe(0);
  });

  test('when its client leaves, before the headers and in the stream', async () => {
    const { upstream, recorded, gateway } = await open();
    for (const [fault, stream] of [
      ['stall-before-headers', false],
      ['ok;gap=20;words=100', true],
    ] as const) {
      const leaving = new AbortController();
      const body = JSON.stringify({ model: `fault:${fault}`, messages: [], stream });
      const headers = { 'content-type': 'application/json' };
      const call = fetch(`${gateway.server.url}/v1/chat/completions`, {
        method: 'POST',
        headers,
        body,
        signal: leaving.signal,
      });
      await upstream.waitFor((record) => record.fault === fault);
      if (stream) await call.then((response) => response.body!.getReader().read());
      leaving.abort();
      await call.catch(() => undefined);
    }
    await until(() => recorded.summaries.length === 2);
    expect(recorded.settled).toHaveLength(2);
    expect(recorded.settled[0]).toMatchObject({ sent: true, tokens: null });
    for (const { status, error } of recorded.summaries)
      expect({ status, code: error?.code }).toEqual({ status: 499, code: 'client_left' });
    expect(recorded.summaries[1]!.firstContentMs).toBeGreaterThan(0);
    expect(recorded.captured[1]!.response!.length).toBeGreaterThan(0);
  });

  test('and nobody is asked for a client that left while it was admitted', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { upstream, recorded, gateway } = await open({ admitted: () => promise });
    const leaving = new AbortController();
    const body = JSON.stringify({ model: 'fault:ok', messages: [] });
    const headers = { 'content-type': 'application/json' };
    const url = `${gateway.server.url}/v1/chat/completions`;
    const call = fetch(url, { method: 'POST', headers, body, signal: leaving.signal });
    await until(() => recorded.admitted.length === 1);
    leaving.abort();
    await call.catch(() => undefined);
    await new Promise((later) => setTimeout(later, 50));
    resolve();
    await until(() => recorded.summaries.length === 1);
    expect(upstream.requests).toEqual([]);
    expect(recorded.settled).toEqual([expect.objectContaining({ sent: false, asked: false })]);
    expect(recorded.summaries[0]).toMatchObject({ status: 499, target: null });
  });

  test('when its client leaves within its body while it is asked who it is', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { recorded, gateway } = await open({ identified: () => promise });
    const { port } = gateway.server;
    const socket = connect({ port, host: '127.0.0.1' });
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
    );
    await until(() => recorded.open() === 1);
    socket.destroy();
    await new Promise((later) => setTimeout(later, 50));
    resolve();
    await until(() => recorded.summaries.length === 1);
    expect(recorded.summaries[0]).toMatchObject({ status: 499, error: { code: 'body_cut_off' } });
    expect(recorded.open()).toBe(0);
  });

  test('a refusal before anybody was asked is told, not kept', async () => {
    const { recorded, gateway, chat } = await open({
      caller: { tasks: ['topic'], mayCall: (task) => task === 'topic' },
    });
    expect(await chat('ok')).toMatchObject({ status: 403 });
    const url = `${gateway.server.url}/v1/chat/completions`;
    expect(await post(url, '{')).toMatchObject({ status: 400 });
    expect(await post(url, { model: '' })).toMatchObject({
      status: 400,
      json: { error: { param: 'model' } },
    });
    expect(recorded.summaries.map(({ status }) => status)).toEqual([403, 400, 400]);
    expect([recorded.captured, recorded.settled]).toEqual([[], []]);
  });

  test('what is kept is what was said', async () => {
    const { recorded, chat } = await open();
    const headers = {
      'x-homegrown-user': Buffer.from('ü-1').toString('latin1'),
      'x-homegrown-group': 'g',
      'x-homegrown-tags': 'plan=pro, region = eu',
    };
    const plain = await chat('ok', { user: 'not this' }, headers);
    const streamed = await chat('ok', { stream: true, user: 'u' });
    const [first, second] = recorded.captured;
    expect(Buffer.concat(first!.response!).toString()).toBe(plain.text);
    expect(Buffer.concat(second!.response!).toString()).toBe(streamed.text);
    expect([first!.isEventStream, second!.isEventStream]).toEqual([false, true]);
    expect(Buffer.from(second!.request).toString()).not.toContain('stream_options');
    expect(first!.summary).toMatchObject({ user: 'ü-1', group: 'g', tags: { plan: 'pro', region: 'eu' } });
    expect(first!.summary.responseId).toBe(plain.json.id);
    expect(first!.summary.id).toBe(plain.headers.get('x-homegrown-inference'));
    expect(second!.summary).toMatchObject({
      user: 'u',
      stream: true,
      target: 'main/fault:ok',
      answeredAs: 'upstream',
    });
    expect(await chat('ok', {}, { 'x-homegrown-tags': 'nonsense' })).toMatchObject({ status: 400 });
    expect(await chat('ok', {}, { 'x-homegrown-task': 'none' })).toMatchObject({ status: 400 });
  });
});

describe('in sync', () => {
  test.each([false, true])('no answer ends before it is kept (stream: %s)', async (stream) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { gateway, recorded } = await open({ mode: 'sync', record: () => promise });
    const response = fetch(`${gateway.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'fault:ok', messages: [], stream }),
    });
    let text = '';
    const reading = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of (await response).body!)
        text += decoder.decode(chunk as Uint8Array, { stream: true });
    })();
    await until(() => recorded.captured.length === 1);
    await new Promise((later) => setTimeout(later, 50));
    if (stream) {
      expect(text).toContain('"finish_reason":"stop"');
      expect(text).not.toContain('[DONE]');
    } else expect(text).toBe('');
    resolve();
    await reading;
    expect(text).toContain(stream ? '[DONE]' : '"finish_reason":"stop"');
    expect(Buffer.concat(recorded.captured[0]!.response!).toString()).toBe(text);
  });

  test('an answer that cannot be kept is none', async () => {
    const { gateway, recorded, chat } = await open({
      mode: 'sync',
      record: () => Promise.reject(new Error('disk full')),
    });
    expect(await chat('ok')).toMatchObject({ status: 503, json: { error: { code: 'capture_failed' } } });
    const { text } = await chat('ok', { stream: true });
    expect(text).not.toContain('[DONE]');
    expect(text).toMatch(/data: \{"error":\{"message":"The answer could not be kept[^\n]*\n\n$/);
    expect(recorded.settled).toHaveLength(2);
    expect(recorded.summaries.map(({ error }) => error?.code)).toEqual(['capture_failed', 'capture_failed']);
    expect(gateway.events.some(({ message }) => message.includes('disk full'))).toBe(true);
  });
});

describe('retries', () => {
  test('wait as long as the upstream asks, in seconds, milliseconds or a date, and no longer than allowed', async () => {
    const { upstream, chat, recorded } = await open({ serving: { maxPauseMs: 2500 } });
    const pauseAfter = async (setting: string): Promise<number | null> => {
      upstream.forget();
      await chat(`status-503-then-ok;${setting}`);
      const [first, second] = upstream.requests;
      return second === undefined ? null : second.startedAt - first!.bodyAt!;
    };
    const inMs = await pauseAfter('retry-after-ms=80');
    expect(inMs).toBeGreaterThanOrEqual(79);
    expect(inMs).toBeLessThan(400);
    const inSeconds = await pauseAfter('retry-after=1');
    expect(inSeconds).toBeGreaterThanOrEqual(999);
    const untilDate = await pauseAfter(`retry-after=${new Date(Date.now() + 2000).toUTCString()}`);
    expect(untilDate).toBeGreaterThan(500);
    expect(untilDate).toBeLessThan(2600);
    expect(await pauseAfter('retry-after=3')).toBeNull();
    expect(recorded.summaries[0]!.attempts).toMatchObject([
      { target: expect.any(String), status: 503, failure: 'status-503' },
      { status: 200, failure: null },
    ]);
  });
});

describe('a reader that does not read', () => {
  async function ask(fault: string): Promise<{ socket: Socket; record: UpstreamRecord }> {
    const { upstream, gateway } = await open({
      serving: { firstContentMs: 10_000, wholeMs: 20_000, betweenPartsMs: 200, maxAnswerBytes: 1e9 },
    });
    const socket = connect(gateway.server.port, '127.0.0.1');
    const body = JSON.stringify({ model: `fault:${fault}`, messages: [], stream: true });
    const length = `content-length: ${body.length}\r\n`;
    socket.pause();
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\n${length}\r\n${body}`,
    );
    return { socket, record: await upstream.waitFor((record) => record.fault === fault) };
  }

  test('stops the upstream, whose silence is then no fault', async () => {
    const { socket, record } = await ask('endless');
    const written: number[] = [];
    for (let look = 0; look < 4; look++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      written.push(record.writtenBytes);
    }
    // All that is on its way is in the buffers of four sockets.
    expect(written[3]).toBe(written[2]);
    expect(written[3]).toBeLessThan(30_000_000);
    expect(record.closedAt).toBeNull();
    socket.destroy();
    await until(() => record.closedAt !== null);
  });

  test('gets everything once it reads', async () => {
    const { socket } = await ask('large;bytes=50000000');
    await new Promise((resolve) => setTimeout(resolve, 500));
    let received = 0;
    let tail = '';
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      tail = (tail + chunk.toString('latin1')).slice(-200);
    });
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect(received).toBeGreaterThan(50_000_000);
    expect(tail).toContain('data: [DONE]\n\n');
  });
});

test('streams in flight are finished when the server closes', async () => {
  const { gateway, chat, upstream } = await open({ serving: { wholeMs: 5000 } });
  const fault = 'ok;gap=30;words=20';
  const call = chat(fault, { stream: true });
  await upstream.waitFor((record) => record.fault === fault && record.writtenBytes > 500);
  const closed = gateway.server.close();
  expect((await call).text).toContain('data: [DONE]');
  await closed;
});

test('a key that is missing is told to the operator, not to the client', async () => {
  const missing = { baseUrl: 'http://127.0.0.1:9/v1', model: 'm', apiKeyEnv: 'NO_SUCH_KEY_HERE' };
  const gateway = await serveUpstreams({ upstreams: { missing } });
  closing.push(() => gateway.close());
  const answer = await post(`${gateway.server.url}/v1/embeddings`, { model: 'missing', input: 'x' });
  expect(answer).toMatchObject({ status: 502, json: { error: { code: 'upstream_no_key' } } });
  expect(answer.text).not.toContain('NO_SUCH_KEY_HERE');
  expect(gateway.events.some(({ message }) => message.includes('NO_SUCH_KEY_HERE'))).toBe(true);
});
