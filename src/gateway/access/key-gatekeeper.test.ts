import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SteppedClock } from '../../../test/support/stepped-clock.ts';
import { StoreWithOutages } from '../../../test/support/store-with-outages.ts';
import type { AccessConfig } from '../../schema/access-config.ts';
import { ApiError } from '../api-error.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Caller } from '../gatekeeper.ts';
import { type ApiKeys, apiKeysIn, type NewKey } from './api-keys.ts';
import { CallPrices } from './call-prices.ts';
import { requireAdmin } from './caller-rights.ts';
import { KeyGatekeeper } from './key-gatekeeper.ts';
import { makeKeySecret } from './key-secret.ts';

const LOCAL = '127.0.0.1';
const prices = new CallPrices({ book: { priceOf: () => null }, usdPerHour: null });
let store: StoreWithOutages;
let keys: ApiKeys;
let machine: SteppedClock;
let news: string[];

beforeEach(async () => {
  store = await StoreWithOutages.open();
  keys = apiKeysIn(store, ['topic', 'tone']);
  machine = new SteppedClock(new Date().toISOString());
  news = [];
});
afterEach(() => store.close());

function gate(access: Partial<AccessConfig> = {}, host = LOCAL): KeyGatekeeper {
  return new KeyGatekeeper({
    store,
    prices,
    access: { keys: 'auto', leaseSeconds: 60, ...access },
    host,
    clock: machine.steady(),
    onStore: (away) => news.push(away === null ? 'back' : 'away'),
  });
}

const bearer = (secret: string): { authorization: string } => ({ authorization: `Bearer ${secret}` });

/** A new key's secret. */
async function made(key: Partial<NewKey> = {}): Promise<{ id: string; secret: string }> {
  const { key: shown, secret } = await keys.create({ name: 'shop', ...key });
  return { id: shown.id, secret };
}

/** What a refusal says to its client. */
async function refusal(work: () => unknown): Promise<{ status: number; code: string; error: ApiError }> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ApiError) return { status: error.status, code: error.code, error };
    throw error;
  }
  throw new Error('it was not refused');
}

describe('a server without keys', () => {
  test('answers its own machine, and nobody else', async () => {
    const keeper = gate();
    expect(await keeper.identify({}, LOCAL)).toMatchObject({ key: null, role: 'admin' });
    expect(await keeper.identify(bearer('whatever-a-client-sends'), '::1')).toMatchObject({ key: null });
    const from = async (address: string, headers = {}): Promise<unknown> =>
      refusal(() => keeper.identify(headers, address));
    expect(await from('10.0.0.7')).toMatchObject({ status: 401, code: 'keys_required' });
    expect(await from('10.0.0.7', { 'x-forwarded-for': LOCAL })).toMatchObject({ code: 'keys_required' });
    expect(await from(LOCAL, { 'x-forwarded-for': LOCAL })).toMatchObject({ code: 'keys_required' });
  });

  test('answers nobody when other machines can reach it', async () => {
    const { status, code, error } = await refusal(() => gate({}, '0.0.0.0').identify({}, LOCAL));
    expect([status, code]).toEqual([401, 'keys_required']);
    expect(error.message).toContain('homegrown keys create');
  });

  test('asks for one as soon as the first was made, also once that is revoked', async () => {
    const keeper = gate();
    await keeper.identify({}, LOCAL);
    const { id, secret } = await made();
    machine.pass(1600);
    expect(await refusal(() => keeper.identify({}, LOCAL))).toMatchObject({ code: 'missing_api_key' });
    expect(await keeper.identify(bearer(secret), '10.0.0.7')).toMatchObject({ key: id, role: 'call' });
    await keys.revoke(id);
    expect(await refusal(() => gate().identify({}, LOCAL))).toMatchObject({ code: 'missing_api_key' });
  });

  test('can be told to ask always or never', async () => {
    expect(await refusal(() => gate({ keys: 'always' }).identify({}, LOCAL))).toMatchObject({
      code: 'missing_api_key',
    });
    expect(await gate({ keys: 'never' }, '0.0.0.0').identify({}, '10.0.0.7')).toMatchObject({ key: null });
  });
});

describe('a key', () => {
  test('is taken as bearer and as x-api-key, and known without a promise after', async () => {
    const { id, secret } = await made({ role: 'admin' });
    const keeper = gate();
    expect(await keeper.identify(bearer(secret), '10.0.0.7')).toMatchObject({ key: id, role: 'admin' });
    for (const headers of [bearer(secret), { authorization: `bearer ${secret}` }, { 'x-api-key': secret }])
      expect(keeper.identify(headers, undefined)).toMatchObject({ key: id });
    expect(JSON.stringify(await keys.list())).not.toContain(secret);
    const [stored] = await store.keys.list();
    expect(stored!.hash).toMatch(/^[0-9a-f]{64}$/);
    for (const file of [store.path, `${store.path}-wal`])
      expect((await readFile(file)).includes(secret.slice(3, 30))).toBe(false);
  });

  test('that is wrong is told from one that nobody knows', async () => {
    const { secret } = await made();
    const keeper = gate();
    const wrong = secret.slice(0, -1) + (secret.endsWith('x') ? 'y' : 'x');
    const typo = await refusal(() => keeper.identify(bearer(wrong), LOCAL));
    expect(typo).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(typo.error.message).toContain('checksum');
    const unknown = await refusal(() => keeper.identify(bearer(makeKeySecret()), LOCAL));
    expect(unknown).toMatchObject({ status: 401, code: 'invalid_api_key' });
    expect(unknown.error.message).toContain('made for another server');
    expect(JSON.parse(unknown.error.toBody())).toMatchObject({
      error: { type: 'invalid_request_error', param: null, code: 'invalid_api_key' },
    });
    expect(unknown.error.toBody()).not.toContain('hg_0');
  });

  test('stops within 2 seconds of being revoked, however often it is used', async () => {
    const { id, secret } = await made();
    const keeper = gate();
    await keeper.identify(bearer(secret), LOCAL);
    await keys.revoke(id);
    const started = machine.monotonicMs();
    let refused: { code: string } | undefined;
    while (refused === undefined && machine.monotonicMs() - started < 5000) {
      machine.pass(100);
      try {
        await keeper.identify(bearer(secret), LOCAL);
      } catch (error) {
        refused = error as ApiError;
      }
      await sleep(0);
    }
    expect(refused).toMatchObject({ code: 'key_revoked' });
    expect(machine.monotonicMs() - started).toBeLessThanOrEqual(2000);
  });

  test('that was not used for long is refused at once after it was revoked', async () => {
    const { id, secret } = await made();
    const keeper = gate();
    await keeper.identify(bearer(secret), LOCAL);
    await keys.revoke(id);
    machine.pass(2000);
    expect(await refusal(() => keeper.identify(bearer(secret), LOCAL))).toMatchObject({
      status: 401,
      code: 'key_revoked',
    });
  });

  test('expires, and a clock that is set back does not revive it', async () => {
    const expiresAt = new Date(Date.now() + 300).toISOString();
    const { secret } = await made({ expiresAt });
    const keeper = gate();
    expect(await keeper.identify(bearer(secret), LOCAL)).toMatchObject({ role: 'call' });
    machine.pass(1000);
    machine.step(-3_600_000);
    expect(await refusal(() => keeper.identify(bearer(secret), LOCAL))).toMatchObject({
      status: 401,
      code: 'key_expired',
    });
  });
});

describe('what a key allows', () => {
  const facts = (task: string | null): CallFacts => ({ task }) as CallFacts;

  test('is its tasks', async () => {
    const { secret } = await made({ tasks: ['topic'] });
    const keeper = gate();
    const caller = (await keeper.identify(bearer(secret), LOCAL)) as Caller;
    expect([caller.mayCall('topic'), caller.mayCall('tone'), caller.mayCall(null)]).toEqual([
      true,
      false,
      false,
    ]);
    await keeper.admit(caller, facts('topic'), ['topic@1', 'main/gpt-5']);
    const admit = (task: string | null, targets: string[]): Promise<unknown> =>
      refusal(() => keeper.admit(caller, facts(task), targets));
    const refused = { status: 403, code: 'task_not_allowed' };
    expect(await admit('tone', ['tone@1'])).toMatchObject(refused);
    expect(await admit(null, ['main/gpt-5'])).toMatchObject(refused);
    expect(await admit('topic', ['tone@3'])).toMatchObject(refused);
  });

  test('changes of deployments, for admins only', async () => {
    const keeper = gate();
    const product = (await keeper.identify(bearer((await made()).secret), LOCAL)) as Caller;
    const person = (await keeper.identify(bearer((await made({ role: 'admin' })).secret), LOCAL)) as Caller;
    requireAdmin(person);
    expect(await refusal(() => requireAdmin(product))).toMatchObject({
      status: 403,
      code: 'admin_key_required',
    });
  });
});

describe('while the store is away', () => {
  test.each(['fails', 'hangs'] as const)(
    '(it %s) a key in use goes on for its lease, then 503',
    async (how) => {
      const { secret } = await made();
      const keeper = gate({ leaseSeconds: 10 });
      await keeper.identify(bearer(secret), LOCAL);
      machine.pass(3000);
      store.away = how;
      expect(await keeper.identify(bearer(secret), LOCAL)).toMatchObject({ role: 'call' });
      for (let second = 0; second < 9; second++) {
        machine.pass(1000);
        expect(keeper.identify(bearer(secret), LOCAL)).toMatchObject({ role: 'call' });
        await sleep(0);
      }
      machine.pass(1500);
      const over = await refusal(() => keeper.identify(bearer(secret), LOCAL));
      expect(over).toMatchObject({ status: 503, code: 'store_unavailable' });
      expect(over.error.headers['retry-after']).toBe('1');
      expect(await refusal(() => keeper.identify(bearer(makeKeySecret()), LOCAL))).toMatchObject({
        status: 503,
      });
      store.away = false;
      machine.pass(600);
      expect(await keeper.identify(bearer(secret), LOCAL)).toMatchObject({ role: 'call' });
      expect(news).toEqual(['away', 'back']);
    },
  );

  test('a key that was not seen lately is not taken', async () => {
    const { secret } = await made();
    const keeper = gate({ leaseSeconds: 10 });
    await keeper.identify(bearer(secret), LOCAL);
    machine.pass(11_000);
    store.away = 'fails';
    expect(await refusal(() => keeper.identify(bearer(secret), LOCAL))).toMatchObject({ status: 503 });
  });

  test('the store is asked twice a second, not for every call', async () => {
    const { secret } = await made();
    const keeper = gate();
    await keeper.identify(bearer(secret), LOCAL);
    machine.pass(2000);
    store.away = 'fails';
    await keeper.identify(bearer(secret), LOCAL);
    const before = store.questions;
    for (let call = 0; call < 1000; call++) {
      machine.pass(10);
      await keeper.identify(bearer(secret), LOCAL);
    }
    expect(store.questions - before).toBeLessThanOrEqual(20);
  });
});
