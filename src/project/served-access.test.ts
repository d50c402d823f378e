import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, ask, post, user } from '../../test/support/http-ask.ts';
import { type ProjectBeforeStandIn, serveBeforeStandIn } from '../../test/support/served-project.ts';
import type { NewKey } from './project.ts';

let served: ProjectBeforeStandIn;
afterEach(() => served.close());

const bearer = (secret: string): Record<string, string> => ({ authorization: `Bearer ${secret}` });

async function made(key: Partial<NewKey> = {}): Promise<{ id: string; secret: string }> {
  const { key: shown, secret } = await served.project.keys.create({ name: 'shop', ...key });
  return { id: shown.id, secret };
}

function chat(secret: string | null, more: object = {}, url = served.server.url): Promise<Answer> {
  const body = { model: 'gpt-4o-mini', messages: user('my cat'), max_tokens: 100, ...more };
  return post(`${url}/v1/chat/completions`, body, secret === null ? {} : bearer(secret));
}

describe('a served project', () => {
  test('passes calls of its own machine without a key, with the client’s key for the provider', async () => {
    served = await serveBeforeStandIn();
    expect((await chat('sk-of-the-provider')).status).toBe(200);
    expect(served.upstream.requests[0]!.headers['authorization']).toBe('Bearer sk-of-the-provider');
  });

  test('asks for a key once there is one, and never passes it on', async () => {
    served = await serveBeforeStandIn();
    const { secret } = await made();
    expect((await chat(secret)).status).toBe(200);
    await expect.poll(async () => (await chat(null)).status, { timeout: 2500, interval: 100 }).toBe(401);
    expect((await chat(null)).json.error.code).toBe('missing_api_key');
    const other = await post(
      `${served.server.url}/v1/chat/completions`,
      { model: 'gpt-4o-mini', messages: user('my cat') },
      { 'x-api-key': secret },
    );
    expect(other.status).toBe(200);
    for (const { rawHeaders } of served.upstream.requests) expect(rawHeaders.join()).not.toContain(secret);
  });

  test('is refused to everybody while others can reach it and there is no key', async () => {
    served = await serveBeforeStandIn({ host: '0.0.0.0' });
    const url = `http://127.0.0.1:${served.server.port}`;
    expect((await chat(null, {}, url)).json.error).toMatchObject({ code: 'keys_required' });
    expect((await ask(`${url}/v1/models`)).status).toBe(401);
    expect((await ask(`${url}/api/v1/keys`)).status).toBe(401);
    expect((await ask(`${url}/healthz`)).status).toBe(200);
    expect(served.events.map(({ event }) => event)).toContain('open-to-network');
    const { secret } = await made();
    await expect
      .poll(async () => (await chat(secret, {}, url)).status, { timeout: 2500, interval: 100 })
      .toBe(200);
  });

  test('throws the errors that OpenAI’s client knows', async () => {
    served = await serveBeforeStandIn();
    const { id, secret } = await made({
      tasks: ['topic'],
      limits: [{ what: 'requests', per: 'day', most: 1 }],
    });
    const clientOf = (apiKey: string): OpenAI =>
      new OpenAI({ apiKey, baseURL: `${served.server.url}/v1`, maxRetries: 0 });
    const call = (apiKey: string, model = 'task:topic'): Promise<unknown> =>
      clientOf(apiKey).chat.completions.create({ model, messages: [{ role: 'user', content: 'my cat' }] });
    await call(secret);
    await expect(call(`${secret.slice(0, -1)}!`)).rejects.toThrowError(OpenAI.AuthenticationError);
    await expect(call(secret, 'gpt-4o')).rejects.toThrowError(OpenAI.PermissionDeniedError);
    await expect(call(secret)).rejects.toThrowError(OpenAI.RateLimitError);
    await served.project.keys.revoke(id);
    await expect
      .poll(() => call(secret).catch((error: { code?: string }) => error.code), {
        timeout: 2500,
        interval: 100,
      })
      .toBe('key_revoked');
  });
});

describe('keys over HTTP', () => {
  test('are made, listed and revoked by admins only', async () => {
    served = await serveBeforeStandIn();
    const admin = await made({ role: 'admin', name: 'me' });
    const product = await made();
    const url = `${served.server.url}/api/v1/keys`;
    for (const request of [
      ask(url, { headers: bearer(product.secret) }),
      post(url, { name: 'x' }, bearer(product.secret)),
      ask(`${url}/${product.id}`, { method: 'DELETE', headers: bearer(product.secret) }),
    ])
      expect(await request).toMatchObject({ status: 403, json: { error: { code: 'admin_key_required' } } });
    const limits = [{ what: 'usd', per: 'month', most: 20 }];
    const created = await post(url, { name: 'web', tasks: ['topic'], limits }, bearer(admin.secret));
    expect(created.status).toBe(201);
    expect(created.headers.get('cache-control')).toBe('no-store');
    expect(created.json.secret).toMatch(/^hg_/);
    const listed = await ask(url, { headers: bearer(admin.secret) });
    expect(listed.json.keys.map(({ name }: { name: string }) => name)).toEqual(['me', 'shop', 'web']);
    expect(listed.json.keys[2].limits).toEqual([{ ...limits[0], used: 0 }]);
    expect(listed.text).not.toContain('hash');
    expect(listed.text).not.toContain(created.json.secret);
    const revoked = await ask(`${url}/${created.json.key.id}`, {
      method: 'DELETE',
      headers: bearer(admin.secret),
    });
    expect(revoked.json.key.revokedAt).toMatch(/^\d{4}-/);
    const wrong = await post(url, { name: 'x', tasks: ['topik'] }, bearer(admin.secret));
    expect(wrong).toMatchObject({ status: 400 });
    expect(wrong.json.error.message).toContain('topic');
    for (const name of ['', 'x'.repeat(201), 'shop\u001b[31m'])
      await expect(served.project.keys.create({ name })).rejects.toMatchObject({
        code: 'access/bad-key',
        exitCode: 2,
        message: "the key's name is wrong: expected 1 to 200 characters, no control characters",
      });
    const unknown = await ask(`${url}/key_none`, { method: 'DELETE', headers: bearer(admin.secret) });
    expect(unknown).toMatchObject({ status: 404, json: { error: { code: 'key_not_found' } } });
    expect((await ask(url, { method: 'PUT', headers: bearer(admin.secret) })).headers.get('allow')).toBe(
      'GET, HEAD, POST',
    );
  });
});

describe('limits of a served key', () => {
  test('say which one was reached, how much is used and when it works again', async () => {
    served = await serveBeforeStandIn();
    const { id, secret } = await made({ limits: [{ what: 'requests', per: 'day', most: 2 }] });
    await chat(secret);
    await chat(secret);
    const { status, json, headers } = await chat(secret);
    expect(status).toBe(429);
    const tomorrow = new Date();
    tomorrow.setUTCHours(24, 0, 0, 0);
    const seconds = Number(headers.get('retry-after'));
    expect(Math.abs(Date.now() + seconds * 1000 - tomorrow.getTime())).toBeLessThan(2000);
    expect(json.error).toMatchObject({
      code: 'rate_limit_exceeded',
      type: 'requests',
      key: id,
      limit: { what: 'requests', per: 'day', most: 2 },
      used: 2,
      needed: 1,
    });
    expect(Math.abs(Date.parse(json.error.works_again_at) - tomorrow.getTime())).toBeLessThan(2000);
    expect(served.upstream.requests).toHaveLength(2);
  });

  test('in money are settled with what the upstream counted', async () => {
    served = await serveBeforeStandIn();
    const { secret } = await made({ limits: [{ what: 'usd', per: 'month', most: 0.01 }] });
    const { json } = await chat(secret);
    const { prompt_tokens: input, completion_tokens: output } = json.usage;
    const cached = json.usage.prompt_tokens_details.cached_tokens;
    const cost = ((input - cached) * 0.15 + cached * 0.075 + output * 0.6) / 1e6;
    expect(cached).toBeGreaterThan(0);
    await served.server.close();
    const [key] = await served.project.keys.list();
    expect(key!.limits[0]!.used).toBeCloseTo(cost, 8);
  });

  test('in money refuse what has no price, and what could cost more than all of it', async () => {
    served = await serveBeforeStandIn();
    const { secret } = await made({ limits: [{ what: 'usd', per: 'month', most: 0.001 }] });
    const unpriced = await chat(secret, { model: 'main/some-model' });
    expect(unpriced).toMatchObject({ status: 403, json: { error: { code: 'price_unknown' } } });
    expect(unpriced.json.error.message).toContain('main/some-model');
    const large = await chat(secret, { max_tokens: 16_000 });
    expect(large).toMatchObject({ status: 429, json: { error: { code: 'call_exceeds_limit' } } });
    expect(large.headers.get('retry-after')).toBeNull();
    expect(served.upstream.requests).toHaveLength(0);
  });

  test('do not count calls that the upstream refused, but count streams', async () => {
    served = await serveBeforeStandIn({ main: { serving: { retries: 0 } } });
    const { secret } = await made({ limits: [{ what: 'tokens', per: 'day', most: 100_000 }] });
    expect((await chat(secret, { model: 'main/fault:status-500' })).status).toBe(500);
    const streamed = await chat(secret, { stream: true });
    expect(streamed.status).toBe(200);
    await served.server.close();
    const [key] = await served.project.keys.list();
    const whole = await served.project.store.inferences.page({});
    const counted = whole.rows.reduce(
      (sum, { tokens }) => sum + (tokens.input ?? 0) + (tokens.output ?? 0),
      0,
    );
    expect(counted).toBeGreaterThan(10);
    expect(key!.limits[0]!.used).toBe(counted);
  });

  test('hold for two servers of one store together', async () => {
    served = await serveBeforeStandIn();
    const { secret } = await made({ limits: [{ what: 'requests', per: 'day', most: 60 }] });
    const other = await served.another();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        chat(secret, {}, index % 2 === 0 ? served.server.url : other.url),
      ),
    );
    const good = answers.filter(({ status }) => status === 200).length;
    expect(answers.every(({ status }) => status === 200 || status === 429)).toBe(true);
    expect(good).toBeLessThanOrEqual(60);
    let more = good;
    for (let tries = 0; tries < 100 && more < 60; tries++) {
      if ((await chat(secret)).status === 200) more++;
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(more).toBe(60);
    expect((await chat(secret)).status).toBe(429);
  });
});
