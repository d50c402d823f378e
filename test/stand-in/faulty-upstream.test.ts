import { connect } from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FAULTS, faultNames, parseFault } from './fault.ts';
import { type FaultyUpstream, refusedBaseUrl, startFaultyUpstream } from './faulty-upstream.ts';

let upstream: FaultyUpstream;
beforeAll(async () => {
  upstream = await startFaultyUpstream();
});
afterAll(() => upstream.close());

const user = (content: string): object[] => [{ role: 'user', content }];

async function post(fault: string, extra: object = {}, path = '/chat/completions'): Promise<Response> {
  return fetch(`${upstream.baseUrl}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-fault': fault },
    body: JSON.stringify({ model: 'm', messages: user('hi'), input: 'hi', ...extra }),
    signal: AbortSignal.timeout(700),
  });
}

async function textOf(fault: string, extra: object = {}): Promise<string> {
  return (await post(fault, extra)).text();
}

const outcome = async (fault: string, extra: object = {}): Promise<string> =>
  post(fault, extra).then(
    async (response) => {
      const text = await response.text().catch((error: Error) => error.name);
      return /^(TypeError|TimeoutError)$/.test(text)
        ? `${response.status} then ${text}`
        : `${response.status}`;
    },
    (error: Error) => error.name,
  );

describe('what a client of HTTP sees', () => {
  test.each([
    ['ok', '200', '200'],
    ['ok;split=3;framing=close', '200', '200'],
    ['status-429', '429', '429'],
    ['status-529', '529', '529'],
    ['cut-before-headers', 'TypeError', 'TypeError'],
    ['cut-before-headers;how=fin', 'TypeError', 'TypeError'],
    ['cut-after-headers', '200 then TypeError', '200 then TypeError'],
    ['cut-mid', '200 then TypeError', '200 then TypeError'],
    ['cut-mid;how=fin', '200 then TypeError', '200 then TypeError'],
    ['cut-mid;how=fin;framing=close', '200', '200'],
    ['end-without-done', '200', '200'],
    ['stall-before-headers', 'TimeoutError', 'TimeoutError'],
    ['stall-before-content', '200 then TimeoutError', '200 then TimeoutError'],
    ['stall-mid', '200 then TimeoutError', '200 then TimeoutError'],
    ['stall-after-done', '200 then TimeoutError', '200 then TimeoutError'],
    ['slow-headers;ms=50', '200', '200'],
    ['short-body', '200 then TypeError', '200 then TypeError'],
    ['gzip-garbage', '200 then TypeError', '200 then TypeError'],
    ['gzip', '200', '200'],
    ['not-http', 'TypeError', 'TypeError'],
    ['html;status=502', '502', '502'],
    ['endless', '200 then TimeoutError', '200 then TimeoutError'],
  ])('%s', async (fault, plain, stream) => {
    // `stall-after-done` and others of streams do nothing special to the length of a plain answer.
    expect(await outcome(fault, { stream: true })).toBe(stream);
    if (faultNames('plain').includes(parseFault(fault).name) || fault.startsWith('status')) {
      expect(await outcome(fault)).toBe(plain);
    }
  });

  test('every fault answers or fails within its time, streamed and plain', async () => {
    const names = Object.keys(FAULTS).filter((name) => name !== 'status' && name !== 'large');
    const answers = await Promise.all(
      names.flatMap((name) => [outcome(name), outcome(name, { stream: true })]),
    );
    expect(answers.filter((answer) => answer.startsWith('400'))).toEqual([]);
  });
});

describe('answers', () => {
  test('are the same for the same request and differ between requests', async () => {
    const first = await textOf('ok');
    expect(await textOf('ok')).toBe(first);
    expect(await textOf('gzip')).toBe(first);
    expect(await textOf('trickle;gap=1;bytes=50')).toBe(first);
    expect(await textOf('ok', { messages: user('other') })).not.toBe(first);
  });

  test('hold tool calls, several choices, log-probabilities and usage through the official client', async () => {
    const client = new OpenAI({ baseURL: upstream.baseUrl, apiKey: 'any', maxRetries: 0 });
    const tools = [{ type: 'function' as const, function: { name: 'weather', parameters: {} } }];
    const messages = [{ role: 'user' as const, content: 'x' }];
    const called = await client.chat.completions.create({ model: 'm', messages, tools });
    const streamed = await client.chat.completions
      .stream({ model: 'm', messages, tools, stream_options: { include_usage: true } })
      .finalChatCompletion();
    expect(streamed.choices[0]!.message.tool_calls).toMatchObject(
      called.choices[0]!.message.tool_calls!.map((call) => ({ id: call.id, type: 'function' })),
    );
    expect(streamed.usage).toEqual(called.usage);
    expect(called.usage?.prompt_tokens_details?.cached_tokens).toBeGreaterThan(0);
    const two = await client.chat.completions.create({ model: 'm', messages, n: 2, logprobs: true });
    expect(two.choices.map(({ index }) => index)).toEqual([0, 1]);
    expect(two.choices[0]!.logprobs?.content?.length).toBeGreaterThan(0);
  });

  test('of the Responses API stream to what is answered plainly', async () => {
    const client = new OpenAI({ baseURL: upstream.baseUrl, apiKey: 'any', maxRetries: 0 });
    const plain = await client.responses.create({ model: 'm', input: 'hello' });
    const streamed = await client.responses.stream({ model: 'm', input: 'hello' }).finalResponse();
    expect(streamed.output_text.length).toBeGreaterThan(10);
    expect({ ...streamed, id: '' }.usage).toEqual(plain.usage);
  });

  test('are embeddings, and a list of models', async () => {
    const client = new OpenAI({ baseURL: upstream.baseUrl, apiKey: 'any', maxRetries: 0 });
    const { data } = await client.embeddings.create({ model: 'm', input: ['a', 'b'] });
    expect(data.map(({ embedding }) => embedding.length)).toEqual([8, 8]);
    expect((await client.models.list()).data.map(({ id }) => id)).toContain('m');
  });

  test('in odd framing mean the same to the official client', async () => {
    const client = new OpenAI({ baseURL: upstream.baseUrl, apiKey: 'any', maxRetries: 0 });
    const ask = (fault: string): Promise<string | null> =>
      client.chat.completions
        .stream({ model: 'm', messages: [{ role: 'user', content: 'q' }] }, { headers: { 'x-fault': fault } })
        .finalContent();
    expect(await ask('odd-framing')).toBe(await ask('ok'));
  });

  test('of about the asked size', async () => {
    expect((await textOf('large;bytes=300000')).length).toBeGreaterThan(250_000);
  });
});

describe('states', () => {
  test('429 twice, then well, for each call apart', async () => {
    const statusOf = async (text: string): Promise<number> =>
      (await post('status-429-then-ok;times=2;retry-after-ms=7', { messages: user(text) })).status;
    expect([await statusOf('a'), await statusOf('b'), await statusOf('a'), await statusOf('a')]).toEqual([
      429, 429, 429, 200,
    ]);
    expect((await post('status-429;retry-after=3')).headers.get('retry-after')).toBe('3');
  });

  test('the fault may be the model, and unknown ones are refused', async () => {
    expect((await post('ok', { model: 'fault:status-500' })).status).toBe(200);
    const byModel = await fetch(`${upstream.baseUrl}/chat/completions`, {
      method: 'POST',
      body: JSON.stringify({ model: 'fault:status-503', messages: [] }),
    });
    expect(byModel.status).toBe(503);
    expect((await post('no-such-fault')).status).toBe(400);
  });

  test('nobody listens at the refused address', async () => {
    await expect(fetch(`${await refusedBaseUrl()}/models`)).rejects.toMatchObject({
      cause: { code: 'ECONNREFUSED' },
    });
  });
});

describe('the log', () => {
  test('keeps exact bytes and headers', async () => {
    upstream.forget();
    await textOf('ok', { text: 'é\u0000🐈' });
    const [record] = upstream.requests;
    expect(JSON.parse(record!.body.toString())).toMatchObject({ text: 'é\u0000🐈' });
    expect(record!.rawHeaders).toContain('x-fault');
    expect(record!.answeredAt).not.toBeNull();
    expect(record!.isAborted).toBe(false);
  });

  test.each(['stall-before-headers', 'stall-mid', 'ok;gap=50'])('sees a client leave: %s', async (fault) => {
    upstream.forget();
    const controller = new AbortController();
    const asked = fetch(`${upstream.baseUrl}/chat/completions`, {
      method: 'POST',
      headers: { 'x-fault': fault },
      body: JSON.stringify({ model: 'm', messages: [], stream: true }),
      signal: controller.signal,
    }).then((response) => response.text());
    const record = await upstream.waitFor(({ bodyAt }) => bodyAt !== null);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(record.isAborted).toBe(false);
    const left = performance.now();
    controller.abort();
    await expect(asked).rejects.toThrow(/aborted/);
    await upstream.waitFor(({ isAborted }) => isAborted);
    expect(record.closedAt! - left).toBeLessThan(200);
    expect(record.closedAt!).toBeGreaterThanOrEqual(left);
  });

  test('sees one leave before its body is whole', async () => {
    upstream.forget();
    const socket = connect(upstream.port, '127.0.0.1');
    socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{');
    await upstream.waitFor(({ method }) => method === 'POST');
    socket.destroy();
    expect((await upstream.waitFor(({ isAborted }) => isAborted)).bodyAt).toBeNull();
  });
});
