import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type Misbehaviour,
  type StandIn,
  startStandIn,
} from '../../test/stand-in/stand-in-for-a-rented-model.ts';
import { HomegrownError } from '../errors/homegrown-error.ts';
import { configSchema, type ConfigInput } from '../schema/config.ts';
import { openUpstreams } from './open-upstreams.ts';
import { purseOf } from './purse.ts';
import type { Upstream, UpstreamRequest } from './upstream.ts';

type UpstreamInput = NonNullable<ConfigInput['upstreams']>[string];
type Limits = Partial<
  Pick<UpstreamInput, 'price' | 'requestsPerMinute' | 'concurrency' | 'timeoutMs' | 'maxRetries'>
>;

const API_KEY = 'sk-stand-in-secret-0123456789';
const TEXT = 'the quick brown fox';
const REQUEST: UpstreamRequest = {
  messages: [
    { role: 'system', content: 'Sort.' },
    { role: 'user', content: TEXT },
  ],
  maxOutputTokens: 20,
  temperature: 0,
};
const PRICE = { inputPer1mUsd: 1000, outputPer1mUsd: 2000 };
/** The stand-in's tokens: 4 and a quarter of the characters of each message; "animal" is 6 characters. */
const COST_USD = ((6 + 9) * 1000 + 6 * 2000) / 1e6;

/**
 * What every upstream does, whatever it is made of. `configure` gives the config entry that reaches `baseUrl` with `API_KEY`,
 * which the environment holds as `STAND_IN_KEY`.
 */
export function upstreamConformance(
  kind: string,
  configure: (baseUrl: string, limits: Limits) => UpstreamInput,
): void {
  describe(`upstream: ${kind}`, () => {
    let cacheDir: string;
    let standIn: StandIn;
    let misbehave: (index: number) => Misbehaviour | undefined;

    const open = (limits: Limits = {}): Upstream => {
      const { upstreams } = configSchema.parse({
        tasks: {},
        upstreams: { main: configure(standIn.baseUrl, limits) },
      });
      return openUpstreams({
        upstreams,
        cacheDir,
        environment: { STAND_IN_KEY: API_KEY },
        backoffMs: 10,
      }).get('main');
    };
    const once = (misbehaviour: Misbehaviour) => {
      misbehave = (index) => (index === 0 ? misbehaviour : undefined);
    };
    const always = (misbehaviour: Misbehaviour) => {
      misbehave = () => misbehaviour;
    };

    beforeEach(async () => {
      cacheDir = await mkdtemp(join(tmpdir(), 'upstream-'));
      misbehave = () => undefined;
      standIn = await startStandIn({
        goldLabels: new Map([[TEXT, 'animal']]),
        labels: ['animal', 'plant'],
        errorRate: 0,
        apiKey: API_KEY,
        misbehave: (index) => misbehave(index),
      });
    });
    afterEach(async () => {
      await standIn.close();
      await rm(cacheDir, { recursive: true, force: true });
    });

    test('answers, counts tokens and reckons the cost', async () => {
      const upstream = open({ price: PRICE });
      const response = await upstream.complete(REQUEST);
      expect(response).toMatchObject({ text: 'animal', inputTokens: 15, outputTokens: 6, cached: false });
      expect(response.costUsd).toBeCloseTo(COST_USD, 12);
      expect(response.durationMs).toBeGreaterThan(0);
      expect(upstream.spentUsd).toBeCloseTo(COST_USD, 12);
      expect(upstream.worstCaseUsd(REQUEST)).toBeGreaterThan(COST_USD);
      const { body } = standIn.requests[0]!;
      expect(body).toMatchObject({ messages: REQUEST.messages, temperature: 0, max_tokens: 20 });
    });

    test('does not know the cost without a price, nor without tokens', async () => {
      const unpriced = open();
      expect(unpriced.priced).toBe(false);
      expect(unpriced.worstCaseUsd(REQUEST)).toBeNull();
      expect((await unpriced.complete(REQUEST)).costUsd).toBeNull();
      expect(unpriced.spentUsd).toBeNull();
      const priced = open({ price: PRICE });
      always({ kind: 'no-usage' });
      const response = await priced.complete(REQUEST, { fresh: true });
      expect(response).toMatchObject({ inputTokens: null, outputTokens: null, costUsd: null });
      expect(priced.spentUsd).toBeNull();
    });

    test('replays from the cache, marked, with the time and cost of the first call', async () => {
      const first = await open({ price: PRICE }).complete(REQUEST);
      const second = open({ price: PRICE });
      const replay = await second.complete(REQUEST);
      expect(replay).toEqual({ ...first, cached: true });
      expect(second.spentUsd).toBe(0);
      expect(standIn.requests).toHaveLength(1);
      expect((await second.complete(REQUEST, { fresh: true })).cached).toBe(false);
      expect((await second.complete({ ...REQUEST, maxOutputTokens: 21 })).cached).toBe(false);
      expect(standIn.requests).toHaveLength(3);
    });

    test('takes a corrupt or foreign cache entry for a miss and mends it', async () => {
      await open().complete(REQUEST);
      const [path] = await cacheFiles(cacheDir);
      for (const content of ['', '{"format":1', '{"format":1,"key":"other","text":"plant"}', '\0\0\0']) {
        await writeFile(path!, content);
        expect(await open().complete(REQUEST)).toMatchObject({ text: 'animal', cached: false });
        expect(await open().complete(REQUEST)).toMatchObject({ text: 'animal', cached: true });
      }
    });

    test('puts neither the key nor the request into the cache', async () => {
      await open().complete(REQUEST);
      const files = await cacheFiles(cacheDir);
      expect(files).toHaveLength(1);
      const content = await readFile(files[0]!, 'utf8');
      expect(content).toContain('animal');
      expect(content).not.toContain(API_KEY);
      expect(content).not.toContain(TEXT);
    });

    test.each<[string, Misbehaviour]>([
      ['408', { kind: 'status', status: 408 }],
      ['409', { kind: 'status', status: 409 }],
      ['429', { kind: 'status', status: 429 }],
      ['500', { kind: 'status', status: 500 }],
      ['503 in HTML', { kind: 'status', status: 503, body: '<html>busy</html>' }],
      ['a stall', { kind: 'stall' }],
      ['a cut connection', { kind: 'cut-connection' }],
      ['malformed JSON', { kind: 'malformed-json' }],
      ['HTML', { kind: 'html' }],
    ])('tries again after %s', async (_name, misbehaviour) => {
      once(misbehaviour);
      expect(
        await open(misbehaviour.kind === 'stall' ? { timeoutMs: 300 } : {}).complete(REQUEST),
      ).toMatchObject({ text: 'animal' });
      expect(standIn.requests).toHaveLength(2);
    });

    test.each<[string, Misbehaviour, string]>([
      ['429', { kind: 'status', status: 429 }, 'upstream/rate-limited'],
      ['500', { kind: 'status', status: 500 }, 'upstream/server-error'],
      ['a stall', { kind: 'stall' }, 'upstream/timeout'],
      ['a cut connection', { kind: 'cut-connection' }, 'upstream/broken-off'],
      ['malformed JSON', { kind: 'malformed-json' }, 'upstream/malformed-answer'],
      ['HTML', { kind: 'html' }, 'upstream/malformed-answer'],
    ])('gives up on %s after its retries', async (_name, misbehaviour, code) => {
      always(misbehaviour);
      const error = await failure(
        open({ timeoutMs: misbehaviour.kind === 'stall' ? 100 : 60_000, maxRetries: 2 }),
      );
      expect(error.code).toBe(code);
      expect(standIn.requests).toHaveLength(3);
      expect(error.message).not.toContain(API_KEY);
    });

    test.each<[string, Misbehaviour, string]>([
      ['400', { kind: 'status', status: 400 }, 'upstream/bad-request'],
      ['402', { kind: 'status', status: 402 }, 'upstream/no-credit'],
      ['404', { kind: 'status', status: 404 }, 'upstream/not-found'],
      [
        'an account without credit',
        {
          kind: 'status',
          status: 429,
          body: '{"error":{"message":"You exceeded your quota","code":"insufficient_quota"}}',
        },
        'upstream/no-credit',
      ],
      ['an empty answer for want of tokens', { kind: 'out-of-tokens' }, 'upstream/cut-off'],
      ['a thought cut short', { kind: 'out-of-tokens', content: '<think>\nHm' }, 'upstream/cut-off'],
      [
        'a pause of an hour',
        { kind: 'status', status: 503, headers: { 'retry-after': '3600' } },
        'upstream/server-error',
      ],
    ])('does not try again after %s', async (_name, misbehaviour, code) => {
      always(misbehaviour);
      const error = await failure(open());
      expect(error.code).toBe(code);
      expect(error.hint ?? error.found ?? '').not.toBe('');
      expect(standIn.requests).toHaveLength(1);
    });

    test.each<[string, () => Record<string, string>, number]>([
      ['seconds', () => ({ 'retry-after': '0.4' }), 400],
      ['milliseconds', () => ({ 'retry-after-ms': '400' }), 400],
      ['an HTTP date', () => ({ 'retry-after': new Date(Date.now() + 2000).toUTCString() }), 1000],
    ])('waits as long as the provider asks, in %s', async (_name, headers, atLeastMs) => {
      misbehave = (index) => (index === 0 ? { kind: 'status', status: 429, headers: headers() } : undefined);
      await open().complete(REQUEST);
      const waitedMs = standIn.requests[1]!.atMs - standIn.requests[0]!.atMs;
      expect(waitedMs).toBeGreaterThanOrEqual(atLeastMs - 5);
      expect(waitedMs).toBeLessThan(10_000);
    });

    test('a 429 holds back the other calls too', async () => {
      misbehave = (index) =>
        index === 0 ? { kind: 'status', status: 429, headers: { 'retry-after': '0.5' } } : undefined;
      const upstream = open({ concurrency: 4 });
      const first = upstream.complete(REQUEST, { fresh: true });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await Promise.all([first, upstream.complete(REQUEST, { fresh: true })]);
      const [refused, ...others] = standIn.requests.map(({ atMs }) => atMs);
      expect(others).toHaveLength(2);
      for (const atMs of others) expect(atMs - refused!).toBeGreaterThanOrEqual(495);
    });

    test('makes at most so many calls at a time', async () => {
      let active = 0;
      let most = 0;
      const slow = await startStandIn({
        goldLabels: () => 'animal',
        labels: ['animal', 'plant'],
        errorRate: 0,
        delayMs: 40,
        onActive: (change) => {
          active += change;
          most = Math.max(most, active);
        },
      });
      const { upstreams } = configSchema.parse({
        tasks: {},
        upstreams: { main: configure(slow.baseUrl, { concurrency: 3, requestsPerMinute: 60_000 }) },
      });
      const upstream = openUpstreams({ upstreams, cacheDir, environment: { STAND_IN_KEY: API_KEY } }).get(
        'main',
      );
      await Promise.all(Array.from({ length: 12 }, () => upstream.complete(REQUEST, { fresh: true })));
      await slow.close();
      expect(most).toBe(3);
      expect(slow.requests).toHaveLength(12);
    });

    test('makes at most so many calls a minute', async () => {
      const upstream = open({ requestsPerMinute: 1200, concurrency: 50 });
      const startedMs = performance.now();
      await Promise.all(Array.from({ length: 30 }, () => upstream.complete(REQUEST, { fresh: true })));
      const lastMs = Math.max(...standIn.requests.map(({ atMs }) => atMs)) - startedMs;
      // 20 saved up, then 20 a second: the last of 30 half a second after the first.
      expect(lastMs).toBeGreaterThan(490);
      expect(lastMs).toBeLessThan(5000);
    });

    test('stops when aborted: before, while calling, while waiting to retry', async () => {
      const upstream = open({ timeoutMs: 20_000 });
      await expect(
        upstream.complete(REQUEST, { signal: AbortSignal.abort(new Error('stop')) }),
      ).rejects.toThrow('stop');
      expect(standIn.requests).toHaveLength(0);
      always({ kind: 'stall' });
      await expect(upstream.complete(REQUEST, { signal: AbortSignal.timeout(200) })).rejects.toThrow(
        'timeout',
      );
      always({ kind: 'status', status: 503, headers: { 'retry-after': '60' } });
      await expect(upstream.complete(REQUEST, { signal: AbortSignal.timeout(200) })).rejects.toThrow(
        'timeout',
      );
      misbehave = () => undefined;
      expect(standIn.requests).toHaveLength(2);
    });

    test('spends no more than is in the purse', async () => {
      const upstream = open({ price: PRICE, concurrency: 8 });
      const worst = upstream.worstCaseUsd(REQUEST)!;
      const purse = purseOf(3 * COST_USD + worst);
      const calls = Array.from({ length: 12 }, () => upstream.complete(REQUEST, { fresh: true, purse }));
      const results = await Promise.allSettled(calls);
      const answered = results.filter(({ status }) => status === 'fulfilled').length;
      const refused = results.flatMap((result) =>
        result.status === 'rejected' ? [result.reason as HomegrownError] : [],
      );
      expect(answered).toBe(4);
      expect(refused.map(({ code }) => code)).toEqual(
        Array.from({ length: 8 }, () => 'upstream/budget-spent'),
      );
      expect(purse.spentUsd).toBeLessThanOrEqual(3 * COST_USD + worst);
      expect(standIn.requests).toHaveLength(4);
    });

    test('a call that may have been charged for without an answer counts at its worst case', async () => {
      once({ kind: 'cut-connection' });
      const upstream = open({ price: PRICE });
      const purse = purseOf(10);
      await upstream.complete(REQUEST, { purse });
      expect(upstream.spentUsd).toBeCloseTo(upstream.worstCaseUsd(REQUEST)! + COST_USD, 10);
      expect(purse.spentUsd).toBeCloseTo(upstream.spentUsd!, 10);
    });

    test('a replay costs the purse nothing', async () => {
      await open({ price: PRICE }).complete(REQUEST);
      expect(await open({ price: PRICE }).complete(REQUEST, { purse: purseOf(0) })).toMatchObject({
        cached: true,
      });
    });

    test('will not spend from a purse without a price', async () => {
      expect((await failure(open(), { purse: purseOf(5) })).code).toBe('upstream/no-price');
      expect(standIn.requests).toHaveLength(0);
    });

    test('says what an unreachable address is', async () => {
      const upstream = open({ maxRetries: 2 });
      await standIn.close();
      const error = await failure(upstream);
      expect(error.code).toBe('upstream/unreachable');
      expect(error.message).toContain('ECONNREFUSED');
    });

    test('stops retrying while nothing succeeds', async () => {
      const upstream = open({ maxRetries: 2 });
      const callsOf = async (): Promise<number> => {
        const before = standIn.requests.length;
        await failure(upstream, { fresh: true });
        return standIn.requests.length - before;
      };
      always({ kind: 'status', status: 500 });
      expect([await callsOf(), await callsOf(), await callsOf(), await callsOf(), await callsOf()]).toEqual([
        3, 3, 3, 1, 1,
      ]);
      misbehave = () => undefined;
      await upstream.complete(REQUEST);
      always({ kind: 'status', status: 500 });
      expect(await callsOf()).toBe(3);
    });

    test('learns the parameters a model wants instead', async () => {
      misbehave = (index) => {
        const { body } = standIn.requests[index]!;
        if ('max_tokens' in body)
          return badParameter(
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
          );
        if ('temperature' in body)
          return badParameter(
            "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
          );
        return undefined;
      };
      const upstream = open({ maxRetries: 0 });
      if (kind.includes('address')) {
        expect(await upstream.complete(REQUEST)).toMatchObject({ text: 'animal' });
        expect(await upstream.complete(REQUEST, { fresh: true })).toMatchObject({ text: 'animal' });
        expect(standIn.requests).toHaveLength(4);
        expect(standIn.requests[3]!.body).toMatchObject({ max_completion_tokens: 20 });
      } else {
        // A model object speaks for itself.
        expect((await failure(upstream)).code).toBe('upstream/bad-request');
      }
    });
  });
}

async function failure(
  upstream: Upstream,
  options: Parameters<Upstream['complete']>[1] = {},
): Promise<HomegrownError> {
  const thrown: unknown = await upstream.complete(REQUEST, options).then(
    () => new Error('it answered'),
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(HomegrownError);
  return thrown as HomegrownError;
}

function badParameter(message: string): Misbehaviour {
  return { kind: 'status', status: 400, body: JSON.stringify({ error: { message } }) };
}

async function cacheFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
