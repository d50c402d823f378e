import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Answer, ask, post, user } from '../../test/support/http-ask.ts';
import { loadKeywordModel } from '../../test/support/keyword-model.ts';
import { type ServedProject, serveKeywordModel, taskOf } from '../../test/support/serve-keyword-model.ts';
import { startFaultyUpstream } from '../../test/stand-in/faulty-upstream.ts';
import { servingConfigSchema } from '../schema/serving-config.ts';
import { HttpWireUpstream } from '../upstream/http-wire-upstream.ts';
import type { ServingRegistry } from './model-pool.ts';
import { startServer } from './server.ts';

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
        canary: null,
        shadow: null,
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

  test('more broken versions asked for at once than it keeps harm no other', async () => {
    const url = `${project.server.url}/v1/chat/completions`;
    const statusOf = async (version: number): Promise<number> =>
      (await post(url, { model: `topic@${version}`, messages: user('cat') })).status;
    const whole = await project.register({ food: 'cat', animal: 'bread' });
    const broken: number[] = [];
    for (let count = 0; count < 8; count++) {
      const version = await project.register({ food: `a${count}`, animal: 'b' });
      await writeFile(join(project.registry.directoryOf('topic', version), 'keywords.json'), '{}');
      broken.push(version);
    }
    expect(await statusOf(whole)).toBe(200);
    const answers = await Promise.all([...broken, whole, ...broken, whole].map(statusOf));
    const once = [...broken.map(() => 503), 200];
    expect(answers).toEqual([...once, ...once]);
  });

  test('does not serve another version’s files under a version’s name', async () => {
    const version = await project.register({ food: 'cat', animal: 'bread' });
    const folder = project.registry.directoryOf('topic', version);
    await rm(folder, { recursive: true });
    await cp(project.registry.directoryOf('topic', 1), folder, { recursive: true });
    const url = `${project.server.url}/v1/chat/completions`;
    const answer = await post(url, { model: `topic@${version}`, messages: user('cat') });
    expect(answer).toMatchObject({ status: 503, json: { error: { code: 'model_unavailable' } } });
    const logged = project.events.find(({ event }) => event === 'model-failed');
    expect(logged!.message).toContain(`not the model that was registered as topic@${version}`);
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

  test('is ready while the task’s upstream answers in the place of a live model that is broken', async () => {
    await writeFile(join(project.registry.directoryOf('topic', 1), 'keywords.json'), '{}');
    const upstream = await startFaultyUpstream();
    const wire = new HttpWireUpstream({ name: 'main', baseUrl: upstream.baseUrl, connectMs: 500 });
    const served = { wire, model: 'm-1', serving: servingConfigSchema.parse({ retries: 0 }) };
    const server = await startServer({
      port: 0,
      tasks: [taskOf('topic', { upstream: 'main' })],
      upstreams: new Map([['main', served]]),
      registry: project.registry,
      load: loadKeywordModel,
      pollMs: 50,
    });
    expect(await ask(`${server.url}/readyz`)).toMatchObject({
      status: 200,
      json: {
        status: 'degraded',
        tasks: [{ live: 1, serving: null, problem: 'topic@1 is live but could not be loaded; main answers' }],
      },
    });
    const body = { model: 'task:topic', messages: user('cat') };
    expect(await post(`${server.url}/v1/chat/completions`, body)).toMatchObject({ status: 200 });
    await server.close();
    await upstream.close();
  });

  test('goes on answering when the registry cannot be read, and says so', async () => {
    let isBroken = false;
    const deployments: ServingRegistry['deployments'] = (task) =>
      isBroken ? Promise.reject(new Error('the database is damaged')) : project.registry.deployments(task);
    const events: string[] = [];
    const server = await startServer({
      port: 0,
      tasks: [taskOf('topic')],
      registry: { ...project.registry, deployments },
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
