import { afterEach, describe, expect, test } from 'vitest';
import { type Answer, ask, post, user } from '../../test/support/http-ask.ts';
import { type ProjectBeforeStandIn, serveBeforeStandIn } from '../../test/support/served-project.ts';

let served: ProjectBeforeStandIn;
afterEach(() => served.close());

type Headers = Record<string, string>;

async function chat(headers: Headers = {}, body: object = {}): Promise<{ answer: Answer; id: string }> {
  const request = { model: 'task:topic', messages: user('my cat'), ...body };
  const answer = await post(`${served.server.url}/v1/chat/completions`, request, headers);
  return { answer, id: answer.headers.get('x-homegrown-inference')! };
}

const tell = (feedback: unknown, headers: Headers = {}): Promise<Answer> =>
  post(`${served.server.url}/api/v1/feedback`, feedback, headers);
const inferences = (query = '', headers: Headers = {}): Promise<Answer> =>
  ask(`${served.server.url}/api/v1/inferences${query}`, { headers });
const bearer = (secret: string): Headers => ({ authorization: `Bearer ${secret}` });
const stored = (count: number): Promise<void> =>
  expect
    .poll(async () => (await inferences()).json.inferences.length, { timeout: 20_000, interval: 20 })
    .toBe(count);

describe('captured calls over HTTP', () => {
  test('a call is there with its contents, whole though it was streamed, and with what was said of it', async () => {
    served = await serveBeforeStandIn();
    const { id, answer } = await chat(
      { 'x-homegrown-user': 'ann', 'x-homegrown-group': 'acme', 'x-homegrown-tags': 'plan=pro, where=web' },
      { stream: true, messages: user('write to ann@example.com'), seed: 123 },
    );
    expect(answer.text).toContain('data: [DONE]');
    const told = await tell({
      inference: id,
      kind: 'edited',
      output: { to: 'bob@example.com' },
      by: 'ann',
      comment: 'call +49 30 1234567',
    });
    expect(told.status).toBe(200);
    expect(told.json).toMatchObject({ new: 1, repeated: 0, feedback: [{ inference: id }] });
    // Asked for by name, it is waited for.
    const one = await inferences(`/${id}`);
    expect(one.json.inference).toMatchObject({
      id,
      task: 'topic',
      user: 'ann',
      group: 'acme',
      tags: { plan: 'pro', where: 'web' },
      status: 200,
      stream: true,
      request: { messages: [{ role: 'user', content: 'write to [email]' }], seed: 123 },
      response: { object: 'chat.completion', choices: [{ finish_reason: 'stop' }] },
    });
    expect(one.json.feedback).toMatchObject([
      { kind: 'edited', output: { to: '[email]' }, by: 'ann', comment: 'call [phone]' },
    ]);
    expect((await inferences(`/${one.json.inference.responseId}`)).json).toEqual(one.json);
    expect((await inferences('/inf_none')).json.error).toMatchObject({ code: 'inference_not_found' });
  });

  test('lists page by page, newest first, with filters', async () => {
    served = await serveBeforeStandIn();
    const ids: string[] = [];
    for (let count = 0; count < 5; count++)
      ids.push(
        (await chat({ 'x-homegrown-user': `user-${count % 2}`, 'x-homegrown-tags': `n=${count}` })).id,
      );
    await tell({ inference: ids[1], kind: 'accepted' });
    await stored(5);
    const first = await inferences('?limit=3');
    expect(first.json.inferences.map((one: { id: string }) => one.id)).toEqual(ids.slice(2).toReversed());
    expect(first.json.inferences[0]).not.toHaveProperty('request');
    const rest = await inferences(`?limit=3&after=${encodeURIComponent(first.json.next)}`);
    expect(rest.json.inferences.map((one: { id: string }) => one.id)).toEqual([ids[1], ids[0]]);
    expect(rest.json.next).toBeNull();
    const idsOf = async (query: string): Promise<string[]> =>
      (await inferences(query)).json.inferences.map((one: { id: string }) => one.id);
    expect(await idsOf('?user=user-1&order=oldest')).toEqual([ids[1], ids[3]]);
    expect(await idsOf('?tag=n=2')).toEqual([ids[2]]);
    expect(await idsOf('?feedback=accepted,edited')).toEqual([ids[1]]);
    expect(await idsOf('?failed=true')).toEqual([]);
    expect(await idsOf('?since=2000-01-01T00:00:00Z&until=2000-01-02T00:00:00Z')).toEqual([]);
    const full = await inferences('?contents=true&feedback=accepted');
    expect(full.json.inferences).toMatchObject([
      { inference: { id: ids[1], request: { model: 'task:topic' } }, feedback: [{ kind: 'accepted' }] },
    ]);
  });

  test.each([
    ['?colour=red', 'The query is wrong: Unrecognized key: "colour"'],
    ['?limit=0', 'limit'],
    ['?limit=5&limit=6', 'limit'],
    ['?since=yesterday', 'since'],
    ['?feedback=liked', 'feedback'],
    ['?after=nonsense', 'after'],
    ['?tag=plan', 'tag'],
  ])('%s is refused', async (query, param) => {
    served = await serveBeforeStandIn();
    const { status, json } = await inferences(query);
    expect([status, json.error.code]).toEqual([400, 'invalid_value']);
    expect(json.error.message).toContain(param);
  });

  test('only an admin sees them; a key tells of its own tasks alone', async () => {
    served = await serveBeforeStandIn({
      config: {
        tasks: {
          topic: { kind: 'classify', data: 'data.jsonl', upstream: 'main' },
          mood: { kind: 'classify', data: 'data.jsonl', upstream: 'main' },
        },
      },
    });
    const { secret: admin } = await served.project.keys.create({ name: 'ops', role: 'admin' });
    const { secret: moody } = await served.project.keys.create({ name: 'shop', tasks: ['mood'] });
    const { id } = await chat(bearer(admin));
    await expect
      .poll(async () => (await inferences('', bearer(admin))).json.inferences.length, { timeout: 20_000 })
      .toBe(1);
    expect((await inferences('', bearer(moody))).json.error).toMatchObject({ code: 'admin_key_required' });
    const early = { inference: 'inf_later', kind: 'accepted' };
    const refused = await tell([early, { inference: id, kind: 'accepted' }], bearer(moody));
    expect(refused).toMatchObject({
      status: 403,
      json: { error: { code: 'task_not_allowed', problems: [{ index: 1, param: 'inference' }] } },
    });
    expect((await tell({ inference: id, kind: 'accepted' }, bearer(admin))).status).toBe(200);
    expect((await tell({ inference: id, kind: 'accepted' })).status).toBe(401);
  });
});

describe('feedback', () => {
  test('counts once however often it is told, with its own id or an idempotency key', async () => {
    served = await serveBeforeStandIn();
    const { id } = await chat();
    await stored(1);
    const own = { id: 'fb-1', inference: id, kind: 'score', score: 0.5 };
    expect((await tell(own)).json).toMatchObject({ new: 1, repeated: 0, waiting: 0 });
    expect((await tell({ ...own, score: 1 })).json).toMatchObject({ new: 0, repeated: 1, waiting: 0 });
    const keyed = [
      { inference: id, kind: 'accepted' },
      { inference: id, kind: 'rejected' },
    ];
    const first = await tell(keyed, { 'idempotency-key': 'retry-7' });
    expect(first.json.feedback.map((one: { id: string }) => one.id)).toEqual(['retry-7:0', 'retry-7:1']);
    expect((await tell(keyed, { 'idempotency-key': 'retry-7' })).json).toMatchObject({ new: 0, repeated: 2 });
    expect(
      (await tell({ inference: id, kind: 'accepted' }, { 'idempotency-key': 'x'.repeat(500) })).status,
    ).toBe(400);
    const { json } = await inferences(`/${id}`);
    expect(json.feedback.map((one: { kind: string }) => one.kind).toSorted()).toEqual([
      'accepted',
      'rejected',
      'score',
    ]);
    expect(json.feedback.find((one: { id: string }) => one.id === 'fb-1').score).toBe(0.5);
  });

  test('may come before its inference, by the id in the answer too', async () => {
    served = await serveBeforeStandIn();
    const early = await tell([
      { inference: 'inf_later', kind: 'accepted' },
      { inference: 'chatcmpl-never', kind: 'accepted' },
    ]);
    expect(early.json).toMatchObject({
      new: 2,
      waiting: 2,
      feedback: [{ waiting: true }, { waiting: true }],
    });
    const { answer, id } = await chat();
    await tell({ inference: answer.json.id, kind: 'corrected', output: 'noun.animal' });
    await stored(1);
    expect((await inferences(`/${id}`)).json.feedback).toMatchObject([
      { kind: 'corrected', output: 'noun.animal' },
    ]);
  });

  test('with problems is refused whole, and every problem is named with its place', async () => {
    served = await serveBeforeStandIn();
    const { status, json } = await tell([
      { inference: 'inf_1', kind: 'accepted' },
      { inference: 'inf_2', kind: 'liked' },
      { inference: '', kind: 'edited' },
      { inference: 'inf_4', kind: 'accepted', at: 'yesterday', colour: 'red' },
      'accepted',
      {
        inference: 'inf_6',
        kind: 'corrected',
        output: JSON.parse(`${'['.repeat(2000)}${']'.repeat(2000)}`),
      },
    ]);
    expect([status, json.error.code, json.error.param]).toEqual([400, 'invalid_feedback', '[1].kind']);
    const places = json.error.problems.map(
      (one: { index: number; param: string }) => `${one.index} ${one.param}`,
    );
    expect(places).toEqual(['1 kind', '2 inference', '2 output', '3 at', '3 ', '4 ', '5 ']);
    expect(json.error.problems.slice(-2).map(({ message }: { message: string }) => message)).toEqual([
      'expected an object with inference and kind',
      'expected at most 200 levels of nesting',
    ]);
    expect(json.error.message).toContain(
      'Nothing was stored: [1].kind: expected accepted, edited, rejected, corrected or score',
    );
    expect((await tell({ inference: 'inf_1', kind: 'accepted' })).json).toMatchObject({ new: 1 });
    expect((await tell([])).status).toBe(400);
    expect(
      (await tell(Array.from({ length: 1001 }, () => ({ inference: 'x', kind: 'accepted' })))).json.error
        .message,
    ).toContain('1 to 1000 entries, found 1001');
    expect((await tell('{')).status).toBe(400);
    expect((await ask(`${served.server.url}/api/v1/feedback`)).status).toBe(405);
  });
});
