import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Answer, ask, post, user } from '../../test/support/http-ask.ts';
import { type ServedProject, serveKeywordModel, taskOf } from '../../test/support/serve-keyword-model.ts';
import { type FaultyUpstream, startFaultyUpstream } from '../../test/stand-in/faulty-upstream.ts';
import { servingConfigSchema } from '../schema/serving-config.ts';
import { HttpWireUpstream } from '../upstream/http-wire-upstream.ts';
import type { ServedUpstream } from '../upstream/open-wire-upstreams.ts';

describe('a call goes where its model’s name says', () => {
  let upstream: FaultyUpstream;
  let project: ServedProject;
  beforeAll(async () => {
    upstream = await startFaultyUpstream();
    const serving = servingConfigSchema.parse({ retries: 0 });
    const served = (name: string, model: string): [string, ServedUpstream] => {
      const wire = new HttpWireUpstream({ name, baseUrl: upstream.baseUrl, connectMs: 500 });
      return [name, { wire, model, serving }];
    };
    const claims = ({ metadata }: Record<string, unknown>): boolean =>
      (metadata as { feature?: string } | undefined)?.feature === 'topics';
    const oddClaims = ({ metadata }: Record<string, unknown>): boolean => {
      const { feature } = (metadata ?? {}) as { feature?: string };
      if (feature === 'broken') throw new Error('no such feature');
      return (feature === 'odd' ? Promise.resolve(true) : false) as boolean;
    };
    project = await serveKeywordModel({
      upstreams: new Map([served('main', 'm-1'), served('other', 'o-1')]),
      defaultUpstream: 'main',
      tasks: [
        taskOf('topic', { upstream: ['other/chain', 'main'], claims }),
        taskOf('idle', { upstream: ['main/fault:status-500', 'other'] }),
        taskOf('bare', { claims: oddClaims }),
      ],
    });
  });
  afterAll(async () => {
    await project.close();
    await upstream.close();
  });

  const chat = (model: string, extra: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
    post(`${project.server.url}/v1/chat/completions`, { model, messages: user('my cat'), ...extra }, headers);

  test.each([
    ['task:topic', 'topic@1'],
    ['topic', 'topic@1'],
    ['topic@1', 'topic@1'],
    ['main', 'main/m-1'],
    ['main/x/y', 'main/x/y'],
    ['other', 'other/o-1'],
    ['gpt-5', 'main/gpt-5'],
    ['meta-llama/Llama-3', 'main/meta-llama/Llama-3'],
    ['other/', 'main/other/'],
    ['task:idle', 'other/o-1'],
    ['idle', 'other/o-1'],
  ])('%s → %s', async (model, target) => {
    const answer = await chat(model);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('x-homegrown-target')).toBe(target);
  });

  test.each([
    ['task:topci', 'Did you mean \\"task:topic\\"?'],
    ['topic@7', 'Did you mean \\"topic@1\\"?'],
    ['task:bare', 'Nothing answers the task'],
  ])('%s is known to nobody', async (model, message) => {
    const answer = await chat(model);
    expect(answer).toMatchObject({
      status: 404,
      json: { error: { code: 'model_not_found', param: 'model' } },
    });
    expect(answer.text).toContain(message);
  });

  test('a `claims` function that fails or says neither true nor false claims nothing, and the log tells', async () => {
    const target = async (feature: string): Promise<string | null> =>
      (await chat('gpt-5', { metadata: { feature } })).headers.get('x-homegrown-target');
    expect([await target('broken'), await target('odd')]).toEqual(['main/gpt-5', 'main/gpt-5']);
    expect(project.events.slice(-2).map(({ message }) => message)).toEqual([
      'the `claims` function of the task "bare" failed: no such feature',
      'the `claims` function of the task "bare" gave object, not true or false',
    ]);
  });

  test('a call that belongs to a task is answered by its live model, one that names an upstream by that', async () => {
    const target = async (answer: Promise<Answer>): Promise<string | null> =>
      (await answer).headers.get('x-homegrown-target');
    expect(await target(chat('gpt-5', { metadata: { feature: 'topics' } }))).toBe('topic@1');
    expect(await target(chat('gpt-5', {}, { 'x-homegrown-task': 'topic' }))).toBe('topic@1');
    expect(await target(chat('main/gpt-5', {}, { 'x-homegrown-task': 'topic' }))).toBe('main/gpt-5');
  });

  test('what an own model cannot read goes down the chain', async () => {
    const image = { messages: user([{ type: 'image_url', image_url: { url: 'data:' } }]) };
    expect((await chat('task:topic', image)).headers.get('x-homegrown-target')).toBe('other/chain');
    const alone = await chat('topic@1', image);
    expect(alone).toMatchObject({ status: 400, json: { error: { param: 'messages[0].content[0]' } } });
    const embedding = await post(`${project.server.url}/v1/embeddings`, { model: 'topic@1', input: 'x' });
    expect(embedding).toMatchObject({ status: 400, json: { error: { param: 'model' } } });
  });

  test('all names are listed, and found', async () => {
    const base = `${project.server.url}/v1/models`;
    const { json } = await ask(base);
    const ids = json.data.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(['task:topic', 'topic@1', 'task:idle', 'main/m-1', 'other/o-1']);
    expect((await ask(`${base}/main`)).json).toMatchObject({ id: 'main/m-1', owned_by: 'main' });
    expect((await ask(`${base}/main/m-1`)).json).toMatchObject({ id: 'main/m-1', object: 'model' });
    expect((await ask(`${base}/topic`)).json).toMatchObject({ id: 'task:topic', owned_by: 'homegrown' });
    expect(await ask(`${base}/mian`)).toMatchObject({ status: 404 });
  });

  test('an own model answers responses, whole and streamed', async () => {
    const url = `${project.server.url}/v1/responses`;
    const text = {
      format: {
        type: 'json_schema',
        name: 't',
        schema: { type: 'object', properties: { topic: { type: 'string' } }, required: ['topic'] },
      },
    };
    const whole = await post(url, { model: 'topic', input: 'my cat', text });
    expect(whole.json).toMatchObject({
      object: 'response',
      status: 'completed',
      model: 'topic@1',
      usage: null,
    });
    expect(whole.json.output[0].content[0].text).toBe('{"topic":"animal"}');
    const streamed = await post(url, {
      model: 'topic',
      stream: true,
      input: [{ role: 'user', content: [{ type: 'input_text', text: 'bread' }] }],
    });
    const types = [...streamed.text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type);
    expect(types[0]).toBe('response.created');
    expect(types.at(-1)).toBe('response.completed');
    expect(streamed.text).toContain('"delta":"food"');
    expect(await post(url, { model: 'topic@1', input: 'x', previous_response_id: 'resp_1' })).toMatchObject({
      status: 400,
    });
  });
});
