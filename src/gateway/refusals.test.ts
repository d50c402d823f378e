import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ask, collect, post, user } from '../../test/support/http-ask.ts';
import { type ServedProject, serveKeywordModel } from '../../test/support/serve-keyword-model.ts';

describe('refusals', () => {
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
    socket.write('0\r\n\r\n');
    expect(await reply).toMatch(/^HTTP\/1\.1 413 /);
    expect(await chat()).toMatchObject({ status: 200 });
  });

  test.each<[string, string, number]>([
    ['413 for 50 MB', 'content-type: application/json', 413],
    ['413 for 50 MB and closes', 'content-type: application/json\r\nconnection: close', 413],
    ['415 for 50 MB and closes', 'content-type: text/plain\r\nconnection: close', 415],
  ])('answers %s to a client that reads nothing until all is sent', async (_what, headers, status) => {
    const socket = connect(project.server.port, '127.0.0.1');
    socket.pause();
    const length = 50_000_000;
    socket.write(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n${headers}\r\n`);
    socket.write(`content-length: ${length}\r\n\r\n`);
    const chunk = Buffer.alloc(1_000_000, 'x');
    for (let sent = 0; sent < length; sent += chunk.length)
      await new Promise<void>((resolve, reject) =>
        socket.write(chunk, (error) => (error ? reject(error) : resolve())),
      );
    const reply = collect(socket);
    socket.resume();
    expect(await reply).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  test('answers before a body that is too large has come, and waits no longer than 5 s for it', async () => {
    const socket = connect(project.server.port, '127.0.0.1');
    const start = performance.now();
    let firstMs = Infinity;
    socket.once('data', () => (firstMs = performance.now() - start));
    const reply = collect(socket);
    socket.write(
      'POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 50000000\r\n\r\nx',
    );
    expect(await reply).toMatch(/^HTTP\/1\.1 413 /);
    expect(firstMs).toBeLessThan(2000);
    expect(performance.now() - start).toBeLessThan(8000);
  }, 12_000);

  test.each([
    ['a body', 'content-length: 100\r\n\r\n{"model"'],
    ['the headers', 'content-le'],
  ])('tells a client that closes its side within %s that the request was cut off', async (_what, rest) => {
    const socket = connect({ port: project.server.port, host: '127.0.0.1', allowHalfOpen: true });
    const reply = collect(socket);
    socket.on('end', () => socket.end());
    socket.end(`POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\n${rest}`);
    expect(await reply).toMatch(/^HTTP\/1\.1 400 /);
    expect(JSON.parse((await reply).split('\r\n\r\n')[1]!).error.code).toBe('body_cut_off');
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
