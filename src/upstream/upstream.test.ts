import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { startStandIn } from '../../test/stand-in/stand-in-for-a-rented-model.ts';
import type { HomegrownError } from '../errors/homegrown-error.ts';
import { type ConfigInput, configSchema } from '../schema/config.ts';
import { openUpstreams } from './open-upstreams.ts';
import { retryAfterMs, retryDelayMs } from './retry-delay.ts';
import { upstreamConformance } from './upstream.conformance.ts';
import type { UpstreamSet } from './upstream.ts';

const KEY = 'sk-stand-in-secret-0123456789';
const REQUEST = { messages: [{ role: 'user' as const, content: 'x' }], maxOutputTokens: 5, temperature: 0 };

upstreamConformance('an address', (baseUrl, limits) => ({
  baseUrl,
  apiKeyEnv: 'STAND_IN_KEY',
  model: 'stand-in',
  ...limits,
}));

upstreamConformance('an AI SDK model object', (baseUrl, limits) => ({
  model: createOpenAICompatible({ name: 'stand-in', baseURL: baseUrl, apiKey: KEY }).chatModel('stand-in'),
  ...limits,
}));

async function open(
  upstreams: ConfigInput['upstreams'],
  environment: NodeJS.ProcessEnv = {},
): Promise<UpstreamSet> {
  const cacheDir = await mkdtemp(join(tmpdir(), 'upstream-'));
  return openUpstreams({
    ...configSchema.parse({ tasks: {}, upstreams }),
    cacheDir,
    environment,
    backoffMs: 5,
  });
}

async function errorOf(promise: Promise<unknown>): Promise<HomegrownError> {
  return promise.then(
    () => Promise.reject(new Error('it answered')),
    (error: unknown) => error as HomegrownError,
  );
}

describe('errors a user can act on', () => {
  test('an unknown name suggests the nearest', async () => {
    const set = await open({ main: { baseUrl: 'http://localhost:1/v1', model: 'm' } });
    expect(set.names).toEqual(['main']);
    const error = await errorOf(Promise.resolve().then(() => set.get('mian')));
    expect([error.message, error.hint]).toMatchInlineSnapshot(`
      [
        "upstreams: there is no upstream "mian" in homegrown.config.ts; expected "main"",
        "Did you mean "main"?",
      ]
    `);
  });

  test('a missing key names its variable, and only when it is needed', async () => {
    const set = await open({
      main: { baseUrl: 'http://localhost:1/v1', model: 'm', apiKeyEnv: 'MAIN_API_KEY' },
    });
    const error = await errorOf(set.get('main').complete(REQUEST));
    expect([error.code, error.message, error.hint]).toMatchInlineSnapshot(`
      [
        "upstream/no-key",
        "upstreams.main.apiKeyEnv: the environment variable MAIN_API_KEY, which should hold the key of upstream "main", is not set",
        "Set it, for example: export MAIN_API_KEY=…",
      ]
    `);
  });

  test('a key with a line break inside is refused without being shown', async () => {
    const upstreams = { main: { baseUrl: 'http://localhost:1/v1', model: 'm', apiKeyEnv: 'MAIN_API_KEY' } };
    const error = await errorOf(
      (await open(upstreams, { MAIN_API_KEY: 'abc\ndef' })).get('main').complete(REQUEST),
    );
    expect(error.code).toBe('upstream/bad-key');
    expect(error.message).not.toContain('abc');
  });

  test.each([
    'http://user:hunter2@localhost:1/v1',
    'ftp://localhost/v1',
    'http://localhost:1/v1?key=hunter2',
  ])('the address %s is refused without showing what may be secret', async (baseUrl) => {
    const error = await errorOf(
      (await open({ main: { baseUrl, model: 'm' } })).get('main').complete(REQUEST),
    );
    expect(error.code).toBe('upstream/bad-address');
    expect(error.message).not.toContain('hunter2');
  });

  test('a refused key names its variable and never the key, even if the provider repeats it', async () => {
    const standIn = await startStandIn({
      goldLabels: () => 'a',
      labels: ['a'],
      errorRate: 0,
      apiKey: 'right',
    });
    const upstreams = { main: { baseUrl: standIn.baseUrl, model: 'm', apiKeyEnv: 'MAIN_API_KEY' } };
    const error = await errorOf(
      (await open(upstreams, { MAIN_API_KEY: 'my-odd-secret' })).get('main').complete(REQUEST),
    );
    await standIn.close();
    expect([error.code, error.message.replace(standIn.baseUrl, '<address>'), error.hint])
      .toMatchInlineSnapshot(`
      [
        "upstream/refused-key",
        "<address>: upstream "main" refused the key in MAIN_API_KEY (HTTP 401); found "Incorrect API key provided: Bearer [key]"",
        "Check MAIN_API_KEY: the key may be wrong, expired or without access to m.",
      ]
    `);
    expect(JSON.stringify([error.message, error.stack, error.cause ?? null])).not.toContain('my-odd-secret');
    expect(standIn.requests).toHaveLength(1);
  });

  test('a server that wants a key says how to give one', async () => {
    const standIn = await startStandIn({
      goldLabels: () => 'a',
      labels: ['a'],
      errorRate: 0,
      apiKey: 'right',
    });
    const error = await errorOf(
      (await open({ main: { baseUrl: standIn.baseUrl, model: 'm' } })).get('main').complete(REQUEST),
    );
    await standIn.close();
    expect(error.code).toBe('upstream/refused-key');
    expect(error.hint).toContain('upstreams.main.apiKeyEnv');
  });

  test('a wrong path says so', async () => {
    const standIn = await startStandIn({ goldLabels: () => 'a', labels: ['a'], errorRate: 0 });
    const baseUrl = standIn.baseUrl.replace('/v1', '/v2');
    const error = await errorOf(
      (await open({ main: { baseUrl, model: 'm' } })).get('main').complete(REQUEST),
    );
    await standIn.close();
    expect([error.code, error.found]).toEqual([
      'upstream/not-found',
      '"no such address: /v2/chat/completions"',
    ]);
  });
});

function modelObject(doGenerate: LanguageModelV4['doGenerate']): LanguageModelV4 {
  return {
    specificationVersion: 'v4',
    provider: 'odd',
    modelId: 'odd-1',
    supportedUrls: {},
    doGenerate,
    doStream: () => Promise.reject(new Error('not streamed')),
  };
}

describe('model objects that behave unlike the specification', () => {
  test('one that ignores its signal still times out', async () => {
    const model = modelObject(() => new Promise(() => undefined));
    const set = await open({ odd: { model, timeoutMs: 30, maxRetries: 1 } });
    expect((await errorOf(set.get('odd').complete(REQUEST))).code).toBe('upstream/timeout');
  });

  test('one that reports usage as earlier AI SDKs did is understood', async () => {
    const old = {
      content: [{ type: 'text', text: 'a' }],
      finishReason: 'stop',
      usage: { inputTokens: 3, outputTokens: 1 },
      warnings: [],
    };
    const model = modelObject(() => Promise.resolve(old as never));
    const set = await open({ odd: { model, price: { inputPer1mUsd: 1e6, outputPer1mUsd: 1e6 } } });
    expect(await set.get('odd').complete(REQUEST)).toMatchObject({
      text: 'a',
      inputTokens: 3,
      outputTokens: 1,
      costUsd: 4,
    });
  });

  test('one that throws anything at all fails with its words', async () => {
    const thrown: unknown[] = [
      new TypeError('x is not a function'),
      'just text',
      null,
      Object.assign(new Error('down'), { code: 'ECONNRESET' }),
    ];
    const found: (string | undefined)[] = [];
    for (const value of thrown) {
      const set = await open({
        odd: {
          model: modelObject(() =>
            Promise.resolve().then(() => {
              throw value;
            }),
          ),
          maxRetries: 1,
        },
      });
      const error = await errorOf(set.get('odd').complete(REQUEST));
      found.push(`${error.code} ${error.found}`);
    }
    expect(found).toEqual([
      'upstream/failed "x is not a function"',
      'upstream/failed "just text"',
      'upstream/failed "null"',
      'upstream/unreachable "ECONNRESET"',
    ]);
  });
});

function delay(retry: number, random: number): number {
  return retryDelayMs({ retry, baseMs: 500, askedMs: null, random: () => random });
}

describe('retry delays', () => {
  test('grow with jitter between a half and the whole, and stop at 30 s', () => {
    expect([delay(0, 0), delay(0, 1), delay(3, 0), delay(3, 1), delay(20, 1)]).toEqual([
      250, 500, 2000, 4000, 30_000,
    ]);
  });

  test('what the provider asks for is read from seconds, milliseconds and dates, and nothing else', () => {
    const now = Date.parse('2026-01-01T00:00:00Z');
    const read = (headers: Record<string, string>): number | null => retryAfterMs(headers, now);
    expect(read({ 'retry-after': '2' })).toBe(2000);
    expect(read({ 'retry-after-ms': '150', 'retry-after': '2' })).toBe(150);
    expect(read({ 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' })).toBe(7000);
    expect(read({ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' })).toBe(0);
    expect(read({ 'retry-after': 'soon' })).toBeNull();
    expect(read({ 'retry-after': '-5' })).not.toBe(-5000);
    expect(read({})).toBeNull();
  });
});

test('an answer without end is broken off before it fills the memory', async () => {
  const labels = ['a', 'b'];
  const standIn = await startStandIn({
    goldLabels: () => 'a',
    labels,
    errorRate: 0,
    misbehave: () => ({ kind: 'endless' }),
  });
  const set = await open({ main: { baseUrl: standIn.baseUrl, model: 'm', maxRetries: 0 } });
  const before = process.memoryUsage().rss;
  const error = await errorOf(set.get('main').complete(REQUEST));
  await standIn.close();
  expect(error.code).toBe('upstream/malformed-answer');
  expect(process.memoryUsage().rss - before).toBeLessThan(300e6);
});
