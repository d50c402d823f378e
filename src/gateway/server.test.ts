import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadKeywordModel } from '../../test/support/keyword-model.ts';
import {
  KEYWORDS,
  type ServedProject,
  serveKeywordModel,
  taskOf,
} from '../../test/support/serve-keyword-model.ts';
import type { Predictor } from '../predictor/predictor.ts';
import { startServer } from './server.ts';

interface Answer {
  status: number;
  headers: Headers;
  text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- answers are read field by field below
  json: any;
}

async function ask(url: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(url, init);
  const text = await response.text();
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    json = undefined;
  }
  return { status: response.status, headers: response.headers, text, json };
}

function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  return ask(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
  });
}

const user = (content: unknown): unknown[] => [{ role: 'user', content }];

describe('own model behind the OpenAI API', () => {
  let project: ServedProject;
  let chatUrl: string;
  let predictUrl: string;
  beforeAll(async () => {
    project = await serveKeywordModel({ maxBodyBytes: 3_000_000 });
    chatUrl = `${project.server.url}/v1/chat/completions`;
    predictUrl = `${project.server.url}/api/v1/tasks/topic/predict`;
  });
  afterAll(() => project.close());

  const chat = (extra: object = {}): Promise<Answer> =>
    post(chatUrl, { model: 'task:topic', messages: user('my cat'), ...extra });

  test('answers the label as the content', async () => {
    const { status, json, headers } = await chat();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(json).toMatchObject({
      object: 'chat.completion',
      model: 'topic@1',
      usage: null,
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          logprobs: null,
          message: { role: 'assistant', content: 'animal' },
        },
      ],
    });
    expect(json.id).toMatch(/^chatcmpl-\w{17,}$/);
    expect(headers.get('x-request-id')).toMatch(/^req_\w{17,}$/);
    expect(Math.abs(json.created - Date.now() / 1000)).toBeLessThan(60);
  });

  test.each(['task:topic', 'topic', 'topic@1'])('knows the model as %s', async (model) => {
    expect((await chat({ model })).json.model).toBe('topic@1');
  });

  test('streams the same answer', async () => {
    const { text, headers } = await chat({ stream: true, stream_options: { include_usage: true } });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = text.trimEnd().split('\n\n');
    expect(events.pop()).toBe('data: [DONE]');
    const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)));
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')).toBe('animal');
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
  });

  test('gives log-probabilities with the label as one token', async () => {
    const { json } = await chat({ logprobs: true, top_logprobs: 2 });
    const [token] = json.choices[0].logprobs.content;
    expect(token).toMatchObject({ token: 'animal', bytes: [97, 110, 105, 109, 97, 108] });
    expect(Math.exp(token.logprob)).toBeCloseTo(0.9, 5);
    expect(token.top_logprobs.map((top: { token: string }) => top.token)).toEqual(['animal', 'food']);
  });

  test('answers the JSON that a schema asks for, its tokens making up the content', async () => {
    const schema = {
      type: 'object',
      properties: { category: { enum: Object.keys(KEYWORDS) }, confidence: { type: 'number' } },
      required: ['category', 'confidence'],
    };
    const { json } = await chat({
      messages: user('hammer'),
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      logprobs: true,
      top_logprobs: 1,
    });
    const { content } = json.choices[0].message;
    expect(JSON.parse(content)).toEqual({ category: 'a "tool"', confidence: 0.9 });
    const tokens = json.choices[0].logprobs.content as { token: string }[];
    expect(tokens.map(({ token }) => token).join('')).toBe(content);
    expect(tokens[1]!.token).toBe('"a \\"tool\\""');
  });

  test('lists models and finds one', async () => {
    const { json } = await ask(`${project.server.url}/v1/models`);
    expect(json.data.map(({ id }: { id: string }) => id)).toEqual(['task:topic', 'topic@1']);
    for (const id of ['task:topic', 'topic', 'topic@1', 'task%3Atopic']) {
      const { status, json: model } = await ask(`${project.server.url}/v1/models/${id}`);
      expect(status).toBe(200);
      expect(model).toMatchObject({ object: 'model', owned_by: 'homegrown' });
    }
    expect(await ask(`${project.server.url}/v1/models/topic@9`)).toMatchObject({
      status: 404,
      json: { error: { code: 'model_not_found' } },
    });
  });

  test('predicts batches in order', async () => {
    const inputs = Array.from({ length: 2000 }, (_, index) =>
      index % 3 === 0 ? `cat ${index}` : `bread ${index}`,
    );
    const { json } = await post(predictUrl, { inputs, top: 1 });
    expect(json).toMatchObject({ task: 'topic', model: { name: 'topic', version: 1 } });
    expect(json.predictions.map(({ label }: { label: string }) => label)).toEqual(
      inputs.map((_, index) => (index % 3 === 0 ? 'animal' : 'food')),
    );
    expect(json.predictions[0]).toEqual({
      label: 'animal',
      probability: 0.9,
      probabilities: [{ label: 'animal', probability: 0.9 }],
    });
  });

  test('predicts one input, and none', async () => {
    const { json } = await post(predictUrl, { input: 'hammer', version: 1 });
    expect(json.predictions).toHaveLength(1);
    expect(json.predictions[0].probabilities.map(({ label }: { label: string }) => label)).toEqual([
      'a "tool"',
      'food',
      'animal',
    ]);
    expect((await post(predictUrl, { inputs: [] })).json.predictions).toEqual([]);
  });

  test.each([
    ['a lone surrogate', '\ud800 cat \udfff'],
    ['NUL', 'cat\u0000'],
    ['emoji and right-to-left text', '🐈‍⬛ קט cat'],
    ['a word of a megabyte', `${'x'.repeat(1_000_000)}cat`],
  ])('reads %s', async (_what, text) => {
    expect((await chat({ messages: user(text) })).json.choices[0].message.content).toBe('animal');
    expect((await post(predictUrl, { input: text })).json.predictions[0].label).toBe('animal');
  });

  test('keeps a harmless request id and replaces a harmful one', async () => {
    const url = `${project.server.url}/healthz`;
    expect((await ask(url, { headers: { 'x-request-id': 'mine-1' } })).headers.get('x-request-id')).toBe(
      'mine-1',
    );
    expect((await ask(url, { headers: { 'x-request-id': 'a b' } })).headers.get('x-request-id')).toMatch(
      /^req_/,
    );
  });

  test.each<[string, unknown, number, string | null, string]>([
    ['no JSON', '{"model": ', 400, null, 'not valid JSON: it ends too early'],
    ['JSON that breaks', '{"model": x}', 400, null, 'unexpected text'],
    ['bytes that are no UTF-8', Uint8Array.of(0x7b, 0xff, 0x7d), 400, null, 'not valid UTF-8'],
    ['an empty body', '', 400, null, 'empty'],
    ['no object', '[]', 400, null, 'expected object'],
    ['no model', { messages: user('x') }, 400, 'model', 'expected string'],
    ['no messages', { model: 'topic' }, 400, 'messages', 'expected array'],
    ['empty messages', { model: 'topic', messages: [] }, 400, 'messages', '>=1'],
    [
      'a role of the wrong type',
      { model: 'topic', messages: [{ role: 7 }] },
      400,
      'messages[0].role',
      'expected',
    ],
    [
      'content of the wrong type',
      { model: 'topic', messages: user(7) },
      400,
      'messages[0].content',
      'expected',
    ],
    [
      'an image',
      { model: 'topic', messages: user([{ type: 'image_url' }]) },
      400,
      'messages[0].content[0]',
      'image_url',
    ],
    ['two choices', { model: 'topic', messages: user('x'), n: 2 }, 400, 'n', 'one answer'],
    [
      'a forced tool',
      { model: 'topic', messages: user('x'), tool_choice: 'required' },
      400,
      'tool_choice',
      'tools',
    ],
    [
      'too many log-probabilities',
      { model: 'topic', messages: user('x'), top_logprobs: 21 },
      400,
      'top_logprobs',
      '<=20',
    ],
    [
      'an unknown model',
      { model: 'task:topik', messages: user('x') },
      404,
      'model',
      'Did you mean "task:topic"?',
    ],
    [
      'an unknown version',
      { model: 'topic@12', messages: user('x') },
      404,
      'model',
      'Did you mean "topic@1"?',
    ],
    [
      'a foreign model',
      { model: 'gpt-4o-mini-something', messages: user('x') },
      404,
      'model',
      'answers task:topic',
    ],
    ['a huge model name', { model: 'x'.repeat(100_000), messages: user('x') }, 404, 'model', '…'],
  ])('refuses %s', async (_what, body, status, param, message) => {
    const answer = await post(chatUrl, body);
    expect(answer.status).toBe(status);
    expect(answer.json.error).toMatchObject({ type: 'invalid_request_error', param });
    expect(answer.json.error.message).toContain(message);
    expect(answer.text.length).toBeLessThan(1000);
  });

  test.each<[string, unknown, string]>([
    ['neither input nor inputs', {}, 'expected either "input" or "inputs"'],
    ['both', { input: 'a', inputs: [] }, 'expected either'],
    ['an input that is no string', { inputs: ['a', 7] }, 'inputs[1]: expected string'],
    ['unknown keys', { input: 'a', inptu: 'b' }, 'inptu'],
    ['too many inputs', { inputs: Array.from({ length: 10_001 }, () => '') }, 'at most 10000'],
  ])('refuses to predict %s', async (_what, body, message) => {
    const { status, json } = await post(predictUrl, body);
    expect(status).toBe(400);
    expect(json.error.message).toContain(message);
  });

  test('refuses an unknown task with the nearest name', async () => {
    const { status, json } = await post(predictUrl.replace('topic', 'topci'), { input: 'x' });
    expect(status).toBe(404);
    expect(json.error.message).toContain('Did you mean "task:topic"?');
  });

  test('refuses content that is not plain JSON', async () => {
    const plain = await post(chatUrl, '{}', { 'content-type': 'text/plain' });
    expect(plain).toMatchObject({ status: 415, json: { error: { code: 'unsupported_content_type' } } });
    const zipped = await post(chatUrl, '{}', { 'content-encoding': 'gzip' });
    expect(zipped).toMatchObject({ status: 415, json: { error: { code: 'unsupported_content_encoding' } } });
  });

  test('refuses 50 MB without keeping them', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const answer = await post(chatUrl, `{"model":"topic","messages":"${'x'.repeat(50_000_000)}"}`);
    expect(answer).toMatchObject({ status: 413, json: { error: { code: 'request_too_large' } } });
    expect(answer.json.error.message).toContain('3000000 bytes');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(120_000_000);
  });

  test('refuses a stream of unknown length when it passes the limit', async () => {
    const { port } = project.server;
    const socket = connect(port, '127.0.0.1');
    const reply = collect(socket);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
    );
    const megabyte = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    for (let sent = 0; sent < 5; sent++) socket.write(megabyte);
    expect(await reply).toMatch(/^HTTP\/1\.1 413 /);
    expect(await chat()).toMatchObject({ status: 200 });
  });

  test('answers 404 and 405 in the same shape', async () => {
    const base = project.server.url;
    expect(await ask(`${base}/v1/nothing`)).toMatchObject({
      status: 404,
      json: { error: { code: 'unknown_url' } },
    });
    const wrong = await ask(chatUrl);
    expect(wrong).toMatchObject({ status: 405, json: { error: { code: 'method_not_allowed' } } });
    expect(wrong.headers.get('allow')).toBe('POST');
    const deleted = await ask(`${base}/v1/models`, { method: 'DELETE' });
    expect(deleted.headers.get('allow')).toBe('GET, HEAD');
    expect((await ask(`${base}/healthz`, { method: 'HEAD' })).text).toBe('');
  });

  test('answers what is not HTTP, and a proxy’s CONNECT', async () => {
    const garbage = connect(project.server.port, '127.0.0.1');
    garbage.write('\x16\x03\x01garbage\r\n\r\n');
    const reply = await collect(garbage);
    expect(reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse(reply.split('\r\n\r\n')[1]!).error.code).toBe('malformed_http');
    const proxy = connect(project.server.port, '127.0.0.1');
    proxy.write('CONNECT example.com:443 HTTP/1.1\r\nhost: example.com\r\n\r\n');
    expect(await collect(proxy)).toMatch(/^HTTP\/1\.1 405 /);
    const host = connect(project.server.port, '127.0.0.1');
    host.write('GET /healthz HTTP/1.1\r\nhost: a b/c\r\nconnection: close\r\n\r\n');
    expect(await collect(host)).toContain('"invalid_request_error"');
  });
});

describe('promotion while serving', () => {
  let project: ServedProject;
  beforeEach(async () => {
    project = await serveKeywordModel();
  });
  afterEach(() => project.close());

  const model = async (): Promise<string> =>
    (await post(`${project.server.url}/v1/chat/completions`, { model: 'task:topic', messages: user('cat') }))
      .json.model;
  const ready = (): Promise<Answer> => ask(`${project.server.url}/readyz`);

  test('is picked up without dropping a request, forth and back', async () => {
    await project.register({ food: 'cat', animal: 'bread' });
    const answers: string[] = [];
    let running = true;
    const clients = Array.from({ length: 8 }, async () => {
      while (running) answers.push(await model());
    });
    await sleep(100);
    await project.registry.promote('topic', 2, { by: 'test' });
    await expect.poll(model, { timeout: 2000, interval: 20 }).toBe('topic@2');
    await project.registry.rollback('topic', { by: 'test' });
    await expect.poll(model, { timeout: 2000, interval: 20 }).toBe('topic@1');
    running = false;
    await Promise.all(clients);
    expect(new Set(answers)).toEqual(new Set(['topic@1', 'topic@2']));
  });

  test('keeps the previous model when the promoted one’s files break, and says so', async () => {
    await project.register({ food: 'cat', animal: 'bread' });
    await project.registry.promote('topic', 2, { by: 'test' });
    await writeFile(join(project.registry.directoryOf('topic', 2), 'keywords.json'), '{"food":"caz"}');
    await expect
      .poll(async () => (await ready()).json.status, { timeout: 2000, interval: 20 })
      .toBe('degraded');
    const { status, json, text } = await ready();
    expect(status).toBe(200);
    expect(json.tasks).toEqual([
      {
        task: 'topic',
        serving: 1,
        live: 2,
        problem: 'topic@2 is live but could not be loaded; topic@1 still answers',
      },
    ]);
    expect(text).not.toContain(project.directory);
    expect(await model()).toBe('topic@1');
    const failures = project.events.filter(({ event }) => event === 'model-failed');
    expect(failures).toHaveLength(1);
    expect(failures[0]!.message).toContain('differs from what was saved');
    await project.registry.rollback('topic', { by: 'test' });
    await expect.poll(async () => (await ready()).json.status, { timeout: 2000, interval: 20 }).toBe('ready');
  });

  test('serves versions that are not live, and tells when their files are broken', async () => {
    await project.register({ food: 'cat', animal: 'bread' });
    const url = `${project.server.url}/v1/chat/completions`;
    const pinned = await post(url, { model: 'topic@2', messages: user('cat') });
    expect(pinned.json.choices[0].message.content).toBe('food');
    const broken = await project.register({ food: 'a', animal: 'b' });
    await writeFile(join(project.registry.directoryOf('topic', broken), 'keywords.json'), '{}');
    const answer = await post(url, { model: `topic@${broken}`, messages: user('cat') });
    expect(answer).toMatchObject({
      status: 503,
      json: { error: { code: 'model_unavailable', type: 'server_error' } },
    });
    expect(answer.json.error.message).toBe(
      `topic@${broken} could not be loaded. The server's log tells why.`,
    );
    const logged = project.events.find(({ event }) => event === 'model-failed');
    expect(logged!.message).toContain('differs from what was saved');
  });

  test('starts when the live model is broken, says so, and recovers', async () => {
    const keywords = join(project.registry.directoryOf('topic', 1), 'keywords.json');
    const content = await readFile(keywords);
    await writeFile(keywords, '{}');
    const server = await startServer({
      port: 0,
      tasks: [taskOf('topic')],
      registry: project.registry,
      load: loadKeywordModel,
      pollMs: 50,
    });
    const notReady = await ask(`${server.url}/readyz`);
    expect(notReady).toMatchObject({ status: 503, json: { status: 'not-ready' } });
    const answer = await post(`${server.url}/v1/chat/completions`, { model: 'topic', messages: user('cat') });
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'model_unavailable' } } });
    expect(answer.json.error.message).toContain('topic@1 is live but could not be loaded; nothing answers');
    await writeFile(keywords, content);
    await expect.poll(async () => (await ask(`${server.url}/readyz`)).status, { timeout: 8000 }).toBe(200);
    await server.close();
  });

  test('goes on answering when the registry cannot be read, and says so', async () => {
    let isBroken = false;
    const live = (task: string): Promise<number | null> =>
      isBroken ? Promise.reject(new Error('the database is damaged')) : project.registry.live(task);
    const events: string[] = [];
    const server = await startServer({
      port: 0,
      tasks: [taskOf('topic')],
      registry: { ...project.registry, live },
      load: loadKeywordModel,
      log: ({ event }) => events.push(event),
      pollMs: 20,
    });
    isBroken = true;
    const status = async (): Promise<unknown> => (await ask(`${server.url}/readyz`)).json;
    await expect.poll(status).toMatchObject({ status: 'degraded', registry: 'unreachable' });
    await sleep(100);
    expect(events.filter((event) => event === 'registry-failed')).toHaveLength(1);
    const answer = await post(`${server.url}/v1/chat/completions`, { model: 'topic', messages: user('cat') });
    expect(answer.status).toBe(200);
    isBroken = false;
    await expect.poll(status).toMatchObject({ status: 'ready', registry: 'ok' });
    await server.close();
  });
});

describe('starting and stopping', () => {
  test('says that the port is in use', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
    const { port } = blocker.address() as { port: number };
    await expect(serveKeywordModel({ port })).rejects.toMatchObject({
      code: 'gateway/port-in-use',
      where: `127.0.0.1:${port}`,
      hint: expect.stringContaining('--port'),
    });
    blocker.close();
  });

  test('says that an address is not this machine’s', async () => {
    await expect(serveKeywordModel({ host: '203.0.113.7' })).rejects.toMatchObject({
      code: 'gateway/cannot-listen',
    });
  });

  test('warns when others can reach it', async () => {
    const project = await serveKeywordModel({ host: '0.0.0.0' });
    expect(project.events.map(({ event }) => event)).toContain('open-to-network');
    await project.close();
  });

  test('starts without a live model and tells so until there is one', async () => {
    const project = await serveKeywordModel();
    const server = await startServer({
      port: 0,
      tasks: [taskOf('topic'), taskOf('mood')],
      registry: { ...project.registry, live: async () => null },
      load: loadKeywordModel,
    });
    expect(await ask(`${server.url}/readyz`)).toMatchObject({ status: 503, json: { status: 'not-ready' } });
    const answer = await post(`${server.url}/v1/chat/completions`, { model: 'mood', messages: user('x') });
    expect(answer.status).toBe(404);
    expect(answer.json.error.message).toContain('homegrown climb mood');
    await server.close();
    await project.close();
  });

  test('finishes the requests in flight before it ends, and takes no new ones', async () => {
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const wait = (): Promise<void> => (asked.resolve(), gate.promise);
    const project = await serveKeywordModel({ load: (directory) => upstreamModel(directory, wait) });
    const url = `${project.server.url}/v1/chat/completions`;
    const answer = post(url, { model: 'topic', messages: user('cat') });
    await asked.promise;
    const closed = project.server.close();
    await sleep(20);
    await expect(fetch(url)).rejects.toThrow();
    gate.resolve();
    expect(await answer).toMatchObject({ status: 200 });
    expect((await answer).headers.get('connection')).toBe('close');
    await closed;
    await project.close();
  });

  test('ends after the stated time even when a request hangs', async () => {
    const asked = Promise.withResolvers<void>();
    const hang = (): Promise<void> => (asked.resolve(), new Promise(() => undefined));
    const project = await serveKeywordModel({
      shutdownMs: 200,
      load: (directory) => upstreamModel(directory, hang),
    });
    const answer = post(`${project.server.url}/v1/chat/completions`, {
      model: 'topic',
      messages: user('cat'),
    });
    const outcome = expect(answer).rejects.toThrow();
    await asked.promise;
    const start = performance.now();
    await project.server.close();
    expect(performance.now() - start).toBeLessThan(2000);
    await outcome;
    await project.close();
  });
});

describe('a model that asks an upstream', () => {
  test('answers 502 without internals when the upstream fails', async () => {
    const failure = 'POST http://10.0.0.7/v1 said 500: secret';
    const project = await serveKeywordModel({
      load: (directory) => upstreamModel(directory, async () => failure),
    });
    const base = project.server.url;
    const answer = await post(`${base}/v1/chat/completions`, { model: 'topic', messages: user('cat') });
    expect(answer).toMatchObject({
      status: 502,
      json: { error: { type: 'server_error', code: 'upstream_failed' } },
    });
    expect(answer.text).not.toContain('10.0.0.7');
    expect(project.events.find(({ event }) => event === 'request-failed')!.message).toContain(failure);
    const url = `${base}/api/v1/tasks/topic/predict`;
    expect(await post(url, { input: 'cat' })).toMatchObject({ status: 502 });
    const batch = await post(url, { inputs: ['cat'] });
    expect(batch.json.predictions).toEqual([
      { label: null, probability: null, probabilities: null, error: { code: 'upstream_failed' } },
    ]);
    await project.close();
  });

  test('is not asked further when the client leaves', async () => {
    const asked = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const wait = (signal: AbortSignal | undefined): Promise<void> =>
      new Promise((_resolve, reject) => {
        asked.resolve();
        signal?.addEventListener('abort', () => {
          aborted.resolve();
          reject(signal.reason as Error);
        });
      });
    const project = await serveKeywordModel({ load: (directory) => upstreamModel(directory, wait) });
    const controller = new AbortController();
    const answer = fetch(`${project.server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'topic', messages: user('cat') }),
      signal: controller.signal,
    });
    const outcome = expect(answer).rejects.toThrow();
    await asked.promise;
    controller.abort();
    await outcome;
    await aborted.promise;
    await sleep(20);
    expect(project.events.filter(({ level }) => level === 'error')).toEqual([]);
    await project.close();
  });
});

/** A keyword model that first waits as for an upstream, and has no answer when `wait` gives a failure. */
async function upstreamModel(
  directory: string,
  wait: (signal: AbortSignal | undefined) => Promise<string | void>,
): Promise<Predictor> {
  const inner = await loadKeywordModel(directory);
  return {
    ...inner,
    manifest: { ...inner.manifest, upstreams: ['main'] },
    predict: async (inputs, options) => {
      const failure = await wait(options?.signal);
      if (typeof failure !== 'string') return inner.predict(inputs);
      return inputs.map(() => ({ label: null, probabilities: null, failure }));
    },
  };
}

function collect(socket: ReturnType<typeof connect>): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += String(chunk);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(text));
  });
}
