import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ask, post, user } from '../../test/support/http-ask.ts';
import { type ServedCandidates, serveCandidates } from '../../test/support/serve-candidates.ts';

let served: ServedCandidates;
beforeEach(async () => {
  served = await serveCandidates();
});
afterEach(() => served.close());

const url = (path = ''): string => `${served.url}/api/v1/deployments${path}`;

describe('deployments over HTTP', () => {
  test('a model goes from shadow to canary to live and back, each step seen at once', async () => {
    await served.register();
    const steps = [
      { action: 'shadow', version: 1, share: 0.5 },
      { action: 'canary', version: 1, share: 1, reason: 'in a hurry' },
      { action: 'promote', version: 1, reason: 'in a hurry' },
    ];
    for (const step of steps) {
      const answer = await post(url('/topic'), step);
      expect(answer, answer.text).toMatchObject({ status: 200, json: { action: step.action, version: 1 } });
    }
    const call = await post(`${served.url}/v1/chat/completions`, {
      model: 'task:topic',
      messages: user('a cat'),
    });
    expect(call.headers.get('x-homegrown-target')).toBe('topic@1');
    const back = await post(url('/topic'), { action: 'rollback' });
    expect(back.json).toMatchObject({ version: null, previous: 1 });
    const { json } = await ask(url('/topic'));
    expect(json.history.map(({ action, by }: { action: string; by: string }) => [action, by])).toEqual([
      ['shadow', 'api'],
      ['canary', 'api'],
      ['promote', 'api'],
      ['rollback', 'api'],
    ]);
    expect(json).toMatchObject({ task: 'topic', live: null, upstream: ['main'], canary: null });
  });

  test('shows a canary against whoever answers now while it runs', async () => {
    await served.register();
    await post(url('/topic'), { action: 'canary', version: 1, share: 0.5 });
    await served.seen();
    for (let name = 0; name < 40; name++) {
      await post(
        `${served.url}/v1/chat/completions`,
        { model: 'task:topic', messages: user('a cat') },
        { 'x-homegrown-user': `user-${name}` },
      );
    }
    await served.capture.flush();
    await expect
      .poll(async () => {
        const { json } = await ask(url());
        return json.tasks[0].canary.sides.reduce(
          (sum: number, side: { calls: number }) => sum + side.calls,
          0,
        );
      })
      .toBe(40);
    const { json } = await ask(url());
    expect(json.tasks[0].canary).toMatchObject({ version: 1, share: 0.5, passed: false });
    expect(json.tasks[0].canary.gates.map(({ gate }: { gate: string }) => gate)).toEqual([
      'calls',
      'errors',
      'acceptance',
    ]);
  });

  test.each([
    ['gates that are not passed', { action: 'promote', version: 1 }, 409, 'gates_open'],
    ['a version that is not there', { action: 'canary', version: 9 }, 404, 'model_not_found'],
    ['no version', { action: 'canary' }, 400, 'invalid_value'],
    ['an unknown action', { action: 'launch', version: 1 }, 400, 'invalid_value'],
    ['a share of nothing', { action: 'canary', version: 1, share: 0 }, 400, 'invalid_value'],
    ['what is not deployed', { action: 'retire', version: 1 }, 400, 'invalid_value'],
    ['nothing to go back to', { action: 'rollback' }, 400, 'invalid_value'],
  ])('refuses %s', async (_name, body, status, code) => {
    await served.register();
    const answer = await post(url('/topic'), body);
    expect(answer, answer.text).toMatchObject({ status, json: { error: { code } } });
    expect(await served.registry.history('topic')).toEqual([]);
  });

  test('says what is missing, and how to go on without it', async () => {
    await served.register();
    const answer = await post(url('/topic'), { action: 'promote', version: 1 });
    expect(answer.json.error.message).toContain('calls (open): topic@1 is not the canary.');
    expect(answer.json.error.message).toContain('Give a "reason"');
    const unknown = await post(url('/topic'), { action: 'canary', version: 9 });
    expect(unknown.json.error.message).toMatchInlineSnapshot(
      `"the model "topic" has no version 9; expected one of 1. Run \`homegrown models list topic\` to see them."`,
    );
  });

  test('knows no task that is not in the config', async () => {
    for (const answer of [await ask(url('/nothing')), await post(url('/nothing'), { action: 'rollback' })])
      expect(answer, answer.text).toMatchObject({
        status: 404,
        json: { error: { code: 'model_not_found' } },
      });
  });

  test('refuses a version whose files were changed', async () => {
    await served.register();
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${served.registry.directoryOf('topic', 1)}/keywords.json`, '{}');
    const answer = await post(url('/topic'), { action: 'canary', version: 1 });
    expect(answer).toMatchObject({ status: 409, json: { error: { code: 'model_broken' } } });
    expect(answer.text).not.toContain(served.modelsDirectory);
  });
});
