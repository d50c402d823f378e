import { rename } from 'node:fs/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, ask, post, user } from '../../../test/support/http-ask.ts';
import { type ServedCandidates, serveCandidates } from '../../../test/support/serve-candidates.ts';

let served: ServedCandidates;
afterEach(() => served.close());

const call = (text: string, headers: Record<string, string> = {}, more: object = {}): Promise<Answer> =>
  post(`${served.url}/v1/chat/completions`, { model: 'task:topic', messages: user(text), ...more }, headers);
const target = ({ headers }: Answer): string | null => headers.get('x-homegrown-target');
const asUser = (name: number): Record<string, string> => ({ 'x-homegrown-user': `user-${name}` });

async function canary(version: number, share: number): Promise<void> {
  await served.promotions.step({ task: 'topic', action: 'canary', version, share, by: 'ann' });
  await served.seen();
}

describe('a canary', () => {
  test('answers its share of the users, always the same ones, and the others get whoever answered before', async () => {
    served = await serveCandidates();
    await canary(await served.register(), 0.3);
    const sides = new Map<number, string | null>();
    for (let round = 0; round < 2; round++) {
      for (let name = 0; name < 200; name++) {
        const side = target(await call('a cat', asUser(name)));
        if (round === 0) sides.set(name, side);
        else expect(side).toBe(sides.get(name));
      }
    }
    const chosen = [...sides.values()].filter((side) => side === 'topic@1').length;
    expect(new Set(sides.values())).toEqual(new Set(['topic@1', 'main/rented']));
    // 60 expected, standard deviation 6.5.
    expect(chosen).toBeGreaterThan(35);
    expect(chosen).toBeLessThan(85);
    await served.capture.flush();
    const tallies = await served.store.inferences.tally({ task: 'topic', since: '2020-01-01T00:00:00.000Z' });
    expect(tallies.map(({ target: name, answeredAs, calls }) => [name, answeredAs, calls])).toEqual([
      ['main/rented', 'upstream', 400 - 2 * chosen],
      ['topic@1', 'canary', 2 * chosen],
    ]);
  });

  test('that fails is stopped after two calls, its callers are answered by the upstream, and the end is recorded', async () => {
    served = await serveCandidates();
    await canary(await served.register({ failing: true }), 1);
    for (let name = 0; name < 12; name++) {
      const answer = await call('a cat', asUser(name));
      expect(answer.status).toBe(200);
      expect(answer.json.choices[0].message.content).toBe('animal');
      expect(target(answer)).toBe('main/rented');
    }
    await served.capture.flush();
    expect(await served.store.inferences.passedOn({ task: 'topic', since: '2020-01-01' })).toEqual([
      { target: 'topic@1', calls: 2 },
    ]);
    await expect.poll(async () => (await served.registry.deployments('topic'))[0]!.state).toBe('retired');
    const last = (await served.registry.history('topic')).at(-1)!;
    expect(last).toMatchObject({ action: 'breach', from: 'canary', to: 'retired', by: 'gates' });
    expect(last.reason).toContain('2 failures in 2 calls');
    expect(last.evidence).toMatchObject({ gates: [{ gate: 'errors', verdict: 'breached' }] });
    const told = served.events.filter(({ event }) => event === 'promotion').map(({ message }) => message);
    expect(told[0]).toContain('topic@1 is not asked any more: errors: 2 failures in 2 calls');
  });

  test('that is too slow is stopped after three answers', async () => {
    served = await serveCandidates({ limits: { p95LatencyMs: 20 } });
    await canary(await served.register({ delayMs: 60 }), 1);
    const targets: (string | null)[] = [];
    for (let name = 0; name < 6; name++) targets.push(target(await call('a cat', asUser(name))));
    expect(targets).toEqual(['topic@1', 'topic@1', 'topic@1', 'main/rented', 'main/rented', 'main/rented']);
    await expect.poll(async () => (await served.registry.deployments('topic'))[0]!.state).toBe('retired');
    expect((await served.registry.history('topic')).at(-1)!.reason).toContain('3 of 3 answers');
  });

  test('that was stopped can be started again', async () => {
    served = await serveCandidates();
    const version = await served.register({ failing: true });
    await canary(version, 1);
    for (let name = 0; name < 3; name++) await call('a cat', asUser(name));
    await expect.poll(async () => (await served.registry.deployments('topic'))[0]!.state).toBe('retired');
    await canary(version, 1);
    await call('a cat', asUser(1));
    await served.capture.flush();
    const passedOn = await served.store.inferences.passedOn({ task: 'topic', since: '2020-01-01' });
    expect(passedOn).toEqual([{ target: 'topic@1', calls: 3 }]);
  });

  test('is not asked what does not map to its task', async () => {
    served = await serveCandidates();
    await canary(await served.register(), 1);
    const picture = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }];
    const answer = await post(`${served.url}/v1/chat/completions`, {
      model: 'task:topic',
      messages: user(picture),
    });
    expect(target(answer)).toBe('main/rented');
    await served.capture.flush();
    const { rows } = await served.store.inferences.page({ task: 'topic' });
    expect(new Set(rows[0]!.attempts.map((attempt) => attempt.target))).toEqual(new Set(['main/rented']));
  });

  test('whose files are damaged answers nobody, and says so', async () => {
    served = await serveCandidates();
    const version = await served.register();
    const settings = { share: 1, salt: 'salt', maxUsd: null };
    const folder = served.registry.directoryOf('topic', version);
    const away = `${folder}-away`;
    // Started without a look at its files, as a replica does whose disk is damaged later.
    await rename(folder, away);
    await served.store.deployments.apply({
      task: 'topic',
      action: 'canary',
      changes: [{ version, from: null, to: 'canary', settings }],
      by: 'ann',
      reason: null,
      evidence: null,
    });
    await expect.poll(() => served.events.some(({ event }) => event === 'model-failed')).toBe(true);
    expect(target(await call('a cat', asUser(1)))).toBe('main/rented');
    const ready = await ask(`${served.url}/readyz`);
    expect(ready.json.tasks[0].problem).toBe('topic@1 is the canary but could not be loaded');
    await rename(away, folder);
    await expect
      .poll(async () => target(await call('a cat', asUser(1))), { timeout: 10_000, interval: 200 })
      .toBe('topic@1');
  });

  test('that a caller names gets a call all the same, without counting for it', async () => {
    served = await serveCandidates();
    const version = await served.register({ failing: true });
    await canary(version, 1);
    for (let index = 0; index < 5; index++) {
      const answer = await post(`${served.url}/v1/chat/completions`, {
        model: `topic@${version}`,
        messages: user('a cat'),
      });
      expect(answer.status).toBe(500);
    }
    expect((await served.registry.deployments('topic'))[0]!.state).toBe('canary');
  });
});

describe('a shadow', () => {
  test('gets copies after the answers, and what it says is kept and compared', async () => {
    served = await serveCandidates({ promotion: { shadow: { share: 1, minCalls: 20, minAgreement: 0.5 } } });
    const live = await served.register();
    await served.registry.promote('topic', live, { by: 'ann' });
    // It takes every text for food.
    const version = await served.register({}, { food: 'bread', animal: 'no such word' });
    await served.promotions.step({ task: 'topic', action: 'shadow', version, by: 'ann' });
    await served.seen();
    for (let index = 0; index < 40; index++) {
      const answer = await call(index % 4 === 0 ? 'a cat' : 'some bread', asUser(index), {
        stream: index % 2 === 0,
      });
      expect(target(answer)).toBe('topic@1');
    }
    await expect
      .poll(
        async () => {
          await served.capture.flush();
          return served.store.inferences.count({ task: 'topic', answeredAs: 'shadow' });
        },
        { timeout: 5000 },
      )
      .toBe(40);
    const { rows } = await served.store.inferences.page({ task: 'topic', answeredAs: 'shadow' });
    expect(rows.every(({ shadowOf, target: name }) => shadowOf !== null && name === 'topic@2')).toBe(true);
    const { shadow } = await served.promotions.status('topic');
    const agreement = shadow!.gates.find(({ gate }) => gate === 'agreement')!;
    expect(agreement.found).toContain('30 of 40 answers equal: 75 %');
  });

  test('that fails is ended by itself and no caller notices', async () => {
    served = await serveCandidates();
    const version = await served.register({ failing: true });
    await served.promotions.step({ task: 'topic', action: 'shadow', version, share: 1, by: 'ann' });
    await served.seen();
    for (let index = 0; index < 10; index++) expect((await call('a cat', asUser(index))).status).toBe(200);
    await expect
      .poll(async () => (await served.registry.deployments('topic'))[0]!.state, { timeout: 5000 })
      .toBe('retired');
    expect((await served.registry.history('topic')).at(-1)).toMatchObject({ action: 'breach' });
  });
});

describe('with automatic steps', () => {
  test('a model goes from shadow to canary to live by its gates alone', async () => {
    served = await serveCandidates({
      promotion: {
        steps: 'automatic',
        shadow: { share: 1, minCalls: 30 },
        canary: { share: 0.5, minCalls: 50, maxErrorRate: 0.2, feedback: 'optional' },
      },
    });
    const version = await served.register();
    await served.promotions.step({ task: 'topic', action: 'shadow', version, by: 'ann' });
    const state = async (): Promise<unknown> => (await served.registry.deployments('topic'))[0]!.state;
    for (let index = 0; index < 2000 && (await state()) !== 'live'; index++)
      await call('a cat', asUser(index));
    await expect.poll(state, { timeout: 5000 }).toBe('live');
    const history = await served.registry.history('topic');
    expect(history.map(({ action, by }) => [action, by])).toEqual([
      ['shadow', 'ann'],
      ['canary', 'gates'],
      ['promote', 'gates'],
    ]);
    await served.seen();
    expect(target(await call('a cat'))).toBe('topic@1');
  });
});
