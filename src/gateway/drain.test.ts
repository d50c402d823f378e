import { Agent, get, type IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { serveKeywordModel } from '../../test/support/serve-keyword-model.ts';

async function ask(url: string, agent: Agent): Promise<IncomingMessage> {
  const request = get(`${url}/readyz`, { agent });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  response.resume();
  await once(response, 'end');
  return response;
}

test('a server that drains answers on, says that connections end, and ends when none is left', async () => {
  const project = await serveKeywordModel({ drainMs: 20_000 });
  const { url } = project.server;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  expect((await ask(url, agent)).headers.connection).toBe('keep-alive');
  const startedAt = performance.now();
  const closed = project.close();
  const late = await ask(url, agent);
  expect(late.statusCode).toBe(503);
  expect(late.headers.connection).toBe('close');
  await closed;
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  await expect(ask(url, agent)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  agent.destroy();
});

test('a connection that stays idle is closed when the time is up', async () => {
  const project = await serveKeywordModel({ drainMs: 200 });
  const agent = new Agent({ keepAlive: true });
  await ask(project.server.url, agent);
  const startedAt = performance.now();
  await project.close();
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(190);
  agent.destroy();
});
