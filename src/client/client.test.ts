import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, expectTypeOf, onTestFinished, test } from 'vitest';
import { ticketProject } from '../../test/support/ticket-project.ts';
import type { RunningServer } from '../gateway/server.ts';
import type { Project } from '../project/project.ts';
import type { FeedbackInput } from '../schema/feedback.ts';
import {
  createClient,
  type Feedback,
  HomegrownApiError,
  HomegrownConnectionError,
  inferenceIdOf,
} from './client.ts';
import type { ToldFeedback } from './told-feedback.ts';

describe('before a served project', () => {
  let made: Awaited<ReturnType<typeof ticketProject>>;
  let project: Project;
  let server: RunningServer;
  beforeAll(async () => {
    made = await ticketProject();
    project = made.project;
    server = await project.serve({ port: 0 });
  }, 120_000);
  afterAll(async () => {
    await server.close();
    await made.remove();
  });

  test('predicts, and tells what became of it', async () => {
    const homegrown = createClient({ baseUrl: server.url });
    const one = await homegrown.predict<'billing' | 'bug' | 'question'>('ticket', 'refund my invoice', {
      user: 'jörg',
      group: 'acme',
      tags: { plan: 'pro' },
      top: 1,
    });
    expect(one).toMatchObject({ label: 'billing', probabilities: [{ label: 'billing' }] });
    expect(one.inference).toMatch(/^inf_/);
    const many = await homegrown.predict('ticket', ['the app freezes with an error', 'how is it possible']);
    expect(many.map(({ label }) => label)).toEqual(['bug', 'question']);
    const receipt = await homegrown.feedback([
      { inference: one.inference!, kind: 'accepted', by: 'ann' },
      { inference: many[0]!.inference!, kind: 'corrected', output: 'billing', at: new Date(0) },
      { inference: many[1]!.inference!, kind: 'score', score: 0.5 },
    ]);
    expect(receipt).toMatchObject({ new: 3, repeated: 0 });
    await expect
      .poll(() => project.store.inferences.find(many[1]!.inference!), { timeout: 20_000 })
      .toMatchObject({ feedback: [{ kind: 'score', score: 0.5 }] });
    expect(await project.store.inferences.find(one.inference!)).toMatchObject({
      inference: {
        endpoint: 'predict',
        task: 'ticket',
        target: 'ticket@1',
        answeredAs: 'live',
        user: 'jörg',
        group: 'acme',
        tags: { plan: 'pro' },
        request: '{"input":"refund my invoice"}',
      },
      feedback: [{ kind: 'accepted', by: 'ann' }],
    });
    const corrected = await project.store.inferences.find(many[0]!.inference!);
    expect(corrected?.feedback).toMatchObject([{ output: 'billing', at: '1970-01-01T00:00:00.000Z' }]);
    expect(JSON.parse(corrected!.inference.response!)).toMatchObject({ predictions: [{ label: 'bug' }] });
  });

  test('takes the id from an answer of OpenAI’s client', async () => {
    const openai = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none' });
    const answer = await openai.chat.completions
      .create({ model: 'task:ticket', messages: [{ role: 'user', content: 'refund' }] })
      .withResponse();
    expect(inferenceIdOf(answer)).toMatch(/^inf_/);
    expect(inferenceIdOf(answer.response)).toBe(inferenceIdOf(answer));
    expect(inferenceIdOf(answer.data)).toBe(answer.data.id);
    const homegrown = createClient({ baseUrl: `${server.url}/v1/` });
    const told = await homegrown.feedback({ inference: inferenceIdOf(answer.data)!, kind: 'rejected' });
    expect(told.new).toBe(1);
  });

  test('names what is wrong', async () => {
    const homegrown = createClient({ baseUrl: server.url });
    const unknown = await homegrown.predict('tickets', 'x').catch((error: unknown) => error);
    expect(unknown).toBeInstanceOf(HomegrownApiError);
    expect(unknown).toMatchObject({ status: 404, code: 'model_not_found', isRetryable: false });
    const wrong = [
      { inference: '', kind: 'accepted' },
      { inference: 'a', kind: 'liked' },
    ] as never[];
    const refused = await homegrown.feedback(wrong).catch((error: unknown) => error);
    expect(refused).toMatchObject({
      status: 400,
      code: 'invalid_feedback',
      problems: [
        { index: 0, param: 'inference' },
        { index: 1, param: 'kind' },
      ],
    });
  });

  test('a long list goes in several requests, a batch in the background', async () => {
    const homegrown = createClient({ baseUrl: server.url });
    const list = Array.from({ length: 1500 }, (_, index) => ({
      inference: `later-${index}`,
      kind: 'accepted' as const,
    }));
    expect(await homegrown.feedback(list)).toMatchObject({ new: 1500, waiting: 1500 });
    const lost: unknown[] = [];
    const batch = homegrown.feedbackBatch({
      everyMs: 20,
      onLost: (_error, entries) => lost.push(...entries),
    });
    batch.add({ inference: 'batched', kind: 'accepted', id: 'batched-1' });
    batch.add({ inference: '', kind: 'accepted' });
    await expect.poll(() => batch.waiting, { timeout: 20_000 }).toBe(0);
    await batch.close();
    expect(await project.store.feedback.of('batched')).toMatchObject([{ id: 'batched-1' }]);
    expect(lost).toMatchObject([{ inference: '' }]);
  });

  test('what is wrong is named by its place in the whole list', async () => {
    const homegrown = createClient({ baseUrl: server.url });
    const list: Feedback[] = Array.from({ length: 1200 }, (_, index) => ({
      inference: index === 1100 ? '' : `placed-${index}`,
      kind: 'accepted',
    }));
    await expect(homegrown.feedback(list)).rejects.toMatchObject({
      message: expect.stringMatching(/^The first 1000 entries are stored; .*\[100\]\.inference/) as string,
      param: '[1100].inference',
      problems: [{ index: 1100, param: 'inference' }],
    });
  });

  test('a batch loses only what is refused, also when it is closed', async () => {
    const homegrown = createClient({ baseUrl: server.url });
    const lost: unknown[] = [];
    const batch = homegrown.feedbackBatch({
      everyMs: 60_000,
      atOnce: 10_000,
      onLost: (_error, entries) => lost.push(...entries),
    });
    for (let index = 0; index < 1200; index++)
      batch.add({ inference: index === 1100 ? '' : `closed-${index}`, kind: 'accepted' });
    await expect(batch.close()).rejects.toMatchObject({ code: 'invalid_feedback' });
    expect(lost).toMatchObject([{ inference: '' }]);
    expect(batch.waiting).toBe(0);
    for (const inference of ['closed-0', 'closed-100', 'closed-1099', 'closed-1199'])
      expect(await project.store.feedback.of(inference)).toHaveLength(1);
  });
});

describe('before a server that fails', () => {
  type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

  /** A server that answers its requests one after the other so; the last answer is for all that follow. */
  async function failing(...answers: Answer[]): Promise<{ baseUrl: string; bodies: string[] }> {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += String(chunk)));
      request.on('end', () => {
        bodies.push(body);
        (answers[bodies.length - 1] ?? answers.at(-1)!)(request, response, body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(
      () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
    );
    return { baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
  }

  /** Where nobody listens. */
  async function closedAddress(): Promise<string> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    return `http://127.0.0.1:${port}`;
  }

  const status =
    (code: number, headers = {}): Answer =>
    (_, response) => {
      response.writeHead(code, { 'content-type': 'application/json', ...headers });
      response.end(JSON.stringify({ error: { message: 'no', code: 'x', param: null } }));
    };
  const reset: Answer = (request) => request.socket.resetAndDestroy();
  const taken: Answer = (_, response) => response.end('{"feedback":[],"new":1,"repeated":0,"waiting":0}');
  const accepted: Feedback = { inference: 'inf_1', kind: 'accepted' };
  const quick = { pauseMs: 5 };

  test('a batch that is too large for one request goes in smaller ones', async () => {
    const atMost: Answer = (request, response, body) =>
      (JSON.parse(body) as unknown[]).length > 3
        ? status(413)(request, response, body)
        : taken(request, response, body);
    const { baseUrl, bodies } = await failing(atMost);
    const lost: unknown[] = [];
    const batch = createClient({ baseUrl, ...quick }).feedbackBatch({
      everyMs: 60_000,
      onLost: (_error, entries) => lost.push(...entries),
    });
    for (let index = 0; index < 10; index++) batch.add({ inference: `inf_${index}`, kind: 'accepted' });
    await batch.close();
    expect(lost).toEqual([]);
    const sent = bodies.map((body) => JSON.parse(body) as Feedback[]).filter(({ length }) => length <= 3);
    expect(sent.flat().map(({ inference }) => inference)).toEqual(
      Array.from({ length: 10 }, (_, index) => `inf_${index}`),
    );
  });

  test('tries again, with the same ids', async () => {
    const { baseUrl, bodies } = await failing(reset, status(503), status(429, { 'retry-after': '0' }), taken);
    expect(await createClient({ baseUrl, ...quick }).feedback(accepted)).toMatchObject({ new: 1 });
    expect(bodies).toHaveLength(4);
    expect(new Set(bodies).size).toBe(1);
    expect(JSON.parse(bodies[0]!)).toMatchObject([
      { inference: 'inf_1', id: expect.stringMatching(/^fb_[0-9a-f]{32}$/) as string },
    ]);
  });

  test('gives up after the stated number of retries, and at once when it makes no sense', async () => {
    const { baseUrl, bodies } = await failing(status(500));
    const failure = createClient({ baseUrl, ...quick, retries: 2 }).feedback(accepted);
    await expect(failure).rejects.toMatchObject({ status: 500, code: 'x', isRetryable: true });
    expect(bodies).toHaveLength(3);
    const denied = await failing(status(403));
    await expect(createClient({ ...denied, ...quick }).feedback(accepted)).rejects.toMatchObject({
      status: 403,
    });
    expect(denied.bodies).toHaveLength(1);
    const later = await failing(status(429, { 'retry-after': '3600' }));
    await expect(createClient({ ...later, ...quick }).feedback(accepted)).rejects.toMatchObject({
      status: 429,
      retryAfterMs: 3_600_000,
    });
    expect(later.bodies).toHaveLength(1);
  });

  test('says that nobody is there, or that it takes too long', async () => {
    const { baseUrl } = await failing(() => undefined);
    const slow = createClient({ baseUrl, retries: 0, timeoutMs: 50 }).predict('topic', 'x');
    await expect(slow).rejects.toThrow('did not answer within 50 ms');
    await expect(slow).rejects.toBeInstanceOf(HomegrownConnectionError);
    const nobody = createClient({ baseUrl: await closedAddress(), retries: 0 }).predict('topic', 'x');
    await expect(nobody).rejects.toThrow(/cannot be reached: .*ECONNREFUSED/);
    const manyAddresses = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    const refusing = (): Promise<Response> =>
      Promise.reject(new TypeError('fetch failed', { cause: manyAddresses }));
    const named = createClient({ baseUrl: 'http://localhost', retries: 0, fetch: refusing });
    await expect(named.predict('topic', 'x')).rejects.toThrow('cannot be reached: ECONNREFUSED');
  });

  test.each(['<html>', '{}', 'null', '{"error":null}', '{"error":"not here"}'])(
    'says that %s is no answer of a Homegrown server',
    async (body) => {
      const { baseUrl } = await failing((_, response) => response.end(body));
      const predicted = createClient({ baseUrl, ...quick }).predict('topic', 'x');
      await expect(predicted).rejects.toBeInstanceOf(HomegrownApiError);
      await expect(predicted).rejects.toThrow(
        `${baseUrl}/api/v1/tasks/topic/predict answered with status 200, and no answer of a Homegrown server`,
      );
    },
  );

  test.each([
    [{ user: 'a\nb' }, 'x-homegrown-user: expected one line, which a header can hold; found "a\\nb"'],
    [{ tags: { place: 'Ulm, B=x' } }, 'tags: expected names without'],
    [{ tags: { 'a=b': 'c' } }, 'tags: expected names without'],
  ])('refuses %j, which no header can hold as it is, before it asks', async (options, message) => {
    const homegrown = createClient({ baseUrl: await closedAddress() });
    const predicted = homegrown.predict('topic', 'x', options);
    await expect(predicted).rejects.toThrow(message);
    await expect(predicted).rejects.toBeInstanceOf(TypeError);
  });

  test('wants an address', () => {
    expect(() => createClient({ baseUrl: undefined as never })).toThrowErrorMatchingInlineSnapshot(
      `[TypeError: baseUrl: expected the address of a Homegrown server, such as http://127.0.0.1:4400; found undefined]`,
    );
  });

  test.each([new Error('enough'), 'enough'])('stops when its caller does, for its reason', async (reason) => {
    const { baseUrl } = await failing(status(503));
    const controller = new AbortController();
    const waiting = createClient({ baseUrl, pauseMs: 60_000 }).predict('topic', 'x', {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(reason), 50);
    await expect(waiting).rejects.toBe(reason);
  });

  test('a batch sends what was added while it was sending', async () => {
    const { baseUrl, bodies } = await failing((_, response) =>
      setTimeout(() => response.end('{"feedback":[],"new":1,"repeated":0,"waiting":0}'), 100),
    );
    const batch = createClient({ baseUrl }).feedbackBatch({ everyMs: 10, onLost: undefined });
    batch.add({ inference: 'inf_0', kind: 'accepted' });
    await expect.poll(() => bodies.length, { interval: 5 }).toBe(1);
    batch.add({ inference: 'inf_1', kind: 'accepted' });
    await expect.poll(() => bodies.length, { timeout: 5000 }).toBe(2);
    await batch.close();
  });

  test('a batch keeps what could not be sent, up to its limit', async () => {
    const { baseUrl, bodies } = await failing(status(503), status(503), taken);
    const lost: Feedback[] = [];
    const batch = createClient({ baseUrl, retries: 0 }).feedbackBatch({
      everyMs: 10,
      mostWaiting: 3,
      onLost: (_error, entries) => lost.push(...entries),
    });
    for (let count = 0; count < 5; count++) batch.add({ inference: `inf_${count}`, kind: 'accepted' });
    expect(lost.map(({ inference }) => inference)).toEqual(['inf_0', 'inf_1']);
    await expect.poll(() => batch.waiting, { timeout: 10_000 }).toBe(0);
    await batch.close();
    const sent = JSON.parse(bodies.at(-1)!) as Feedback[];
    expect(sent.map(({ inference }) => inference)).toEqual(['inf_2', 'inf_3', 'inf_4']);
  });
});

test('what it sends is what the server takes', () => {
  expectTypeOf<ToldFeedback>().toExtend<{
    kind: FeedbackInput['kind'];
    inference: string;
    id: string;
    at: string;
  }>();
  expectTypeOf<Feedback['kind']>().toEqualTypeOf<FeedbackInput['kind']>();
});

test('it needs nothing but itself, so that it runs in a browser', () => {
  const files = readdirSync(import.meta.dirname).filter((name) => !name.endsWith('.test.ts'));
  const imported = files.flatMap((name) => {
    const source = readFileSync(join(import.meta.dirname, name), 'utf8');
    expect(source).not.toMatch(/\b(process|Buffer|require|__dirname)\b|setTimeout\([^)]*\)\.(?:un)?ref/);
    return [...source.matchAll(/from '([^']+)'/g)].map(([, specifier]) => specifier!);
  });
  expect(imported.filter((specifier) => !specifier.startsWith('./'))).toEqual([]);
});
