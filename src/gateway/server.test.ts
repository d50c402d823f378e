import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { ask, post, user } from '../../test/support/http-ask.ts';
import { loadKeywordModel } from '../../test/support/keyword-model.ts';
import { serveKeywordModel, taskOf } from '../../test/support/serve-keyword-model.ts';
import { upstreamModel } from '../../test/support/upstream-model.ts';
import { startServer } from './server.ts';

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
      registry: { ...project.registry, deployments: async () => [] },
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
    expect(project.events.at(-1)).toMatchObject({
      level: 'warning',
      event: 'server-stopped',
      message: `${project.server.url} is closed; 1 connection was cut because its request took longer than 0.2 s`,
    });
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
