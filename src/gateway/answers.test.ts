import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Answer, ask, post, user } from '../../test/support/http-ask.ts';
import { recordingHooks } from '../../test/support/recording-hooks.ts';
import { KEYWORDS, type ServedProject, serveKeywordModel } from '../../test/support/serve-keyword-model.ts';

describe('own model behind the OpenAI API', () => {
  let project: ServedProject;
  let chatUrl: string;
  let predictUrl: string;
  beforeAll(async () => {
    project = await serveKeywordModel({ maxBodyBytes: 3_000_000 });
    chatUrl = `${project.server.url}/v1/chat/completions`;
    predictUrl = `${project.server.url}/api/v1/tasks/topic/predict`;
  });
  afterAll(() => project.close());

  const chat = (extra: object = {}): Promise<Answer> =>
    post(chatUrl, { model: 'task:topic', messages: user('my cat'), ...extra });

  test('answers the label as the content', async () => {
    const { status, json, headers } = await chat();
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('application/json');
    expect(json).toMatchObject({
      object: 'chat.completion',
      model: 'topic@1',
      usage: null,
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          logprobs: null,
          message: { role: 'assistant', content: 'animal' },
        },
      ],
    });
    expect(json.id).toMatch(/^chatcmpl-\w{17,}$/);
    expect(headers.get('x-request-id')).toMatch(/^req_\w{17,}$/);
    expect(Math.abs(json.created - Date.now() / 1000)).toBeLessThan(60);
  });

  test.each(['task:topic', 'topic', 'topic@1'])('knows the model as %s', async (model) => {
    expect((await chat({ model })).json.model).toBe('topic@1');
  });

  test('streams the same answer', async () => {
    const { text, headers } = await chat({ stream: true, stream_options: { include_usage: true } });
    expect(headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = text.trimEnd().split('\n\n');
    expect(events.pop()).toBe('data: [DONE]');
    const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)));
    expect(chunks.map(({ choices }) => choices[0].delta.content ?? '').join('')).toBe('animal');
    expect(chunks[0].choices[0].delta.role).toBe('assistant');
    expect(chunks.at(-1).choices[0].finish_reason).toBe('stop');
  });

  test('gives log-probabilities with the label as one token', async () => {
    const { json } = await chat({ logprobs: true, top_logprobs: 2 });
    const [token] = json.choices[0].logprobs.content;
    expect(token).toMatchObject({ token: 'animal', bytes: [97, 110, 105, 109, 97, 108] });
    expect(Math.exp(token.logprob)).toBeCloseTo(0.9, 5);
    expect(token.top_logprobs.map((top: { token: string }) => top.token)).toEqual(['animal', 'food']);
  });

  test('answers the JSON that a schema asks for, its tokens making up the content', async () => {
    const schema = {
      type: 'object',
      properties: { category: { enum: Object.keys(KEYWORDS) }, confidence: { type: 'number' } },
      required: ['category', 'confidence'],
    };
    const { json } = await chat({
      messages: user('hammer'),
      response_format: { type: 'json_schema', json_schema: { name: 'x', schema } },
      logprobs: true,
      top_logprobs: 1,
    });
    const { content } = json.choices[0].message;
    expect(JSON.parse(content)).toEqual({ category: 'a "tool"', confidence: 0.9 });
    const tokens = json.choices[0].logprobs.content as { token: string }[];
    expect(tokens.map(({ token }) => token).join('')).toBe(content);
    expect(tokens[1]!.token).toBe('"a \\"tool\\""');
  });

  test('lists models and finds one', async () => {
    const { json } = await ask(`${project.server.url}/v1/models`);
    expect(json.data.map(({ id }: { id: string }) => id)).toEqual(['task:topic', 'topic@1']);
    for (const id of ['task:topic', 'topic', 'topic@1', 'task%3Atopic']) {
      const { status, json: model } = await ask(`${project.server.url}/v1/models/${id}`);
      expect(status).toBe(200);
      expect(model).toMatchObject({ object: 'model', owned_by: 'homegrown' });
    }
    expect(await ask(`${project.server.url}/v1/models/topic@9`)).toMatchObject({
      status: 404,
      json: { error: { code: 'model_not_found' } },
    });
  });

  test('predicts batches in order', async () => {
    const inputs = Array.from({ length: 2000 }, (_, index) =>
      index % 3 === 0 ? `cat ${index}` : `bread ${index}`,
    );
    const { json } = await post(predictUrl, { inputs, top: 1 });
    expect(json).toMatchObject({ task: 'topic', model: { name: 'topic', version: 1 } });
    expect(json.predictions.map(({ label }: { label: string }) => label)).toEqual(
      inputs.map((_, index) => (index % 3 === 0 ? 'animal' : 'food')),
    );
    expect(json.predictions[0]).toEqual({
      label: 'animal',
      probability: 0.9,
      probabilities: [{ label: 'animal', probability: 0.9 }],
    });
  });

  test('predicts one input, and none', async () => {
    const { json } = await post(predictUrl, { input: 'hammer', version: 1 });
    expect(json.predictions).toHaveLength(1);
    expect(json.predictions[0].probabilities.map(({ label }: { label: string }) => label)).toEqual([
      'a "tool"',
      'food',
      'animal',
    ]);
    expect((await post(predictUrl, { inputs: [] })).json.predictions).toEqual([]);
  });

  test.each([
    ['a lone surrogate', '\ud800 cat \udfff'],
    ['NUL', 'cat\u0000'],
    ['emoji and right-to-left text', '🐈‍⬛ קט cat'],
    ['a word of a megabyte', `${'x'.repeat(1_000_000)}cat`],
  ])('reads %s', async (_what, text) => {
    expect((await chat({ messages: user(text) })).json.choices[0].message.content).toBe('animal');
    expect((await post(predictUrl, { input: text })).json.predictions[0].label).toBe('animal');
  });

  test('keeps a harmless request id and replaces a harmful one', async () => {
    const url = `${project.server.url}/healthz`;
    expect((await ask(url, { headers: { 'x-request-id': 'mine-1' } })).headers.get('x-request-id')).toBe(
      'mine-1',
    );
    expect((await ask(url, { headers: { 'x-request-id': 'a b' } })).headers.get('x-request-id')).toMatch(
      /^req_/,
    );
  });
});

test('observers are told of predictions under the id by which they are kept', async () => {
  const recorded = recordingHooks();
  const project = await serveKeywordModel({ hooks: recorded.hooks });
  onTestFinished(() => project.close());
  const { json } = await post(`${project.server.url}/api/v1/tasks/topic/predict`, {
    inputs: ['a cat', 'bread'],
  });
  const ids = json.predictions.map(({ inference }: { inference: string }) => inference);
  expect(recorded.captured.map(({ summary }) => summary.id)).toEqual(ids);
  expect(recorded.summaries.map(({ id }) => id)).toEqual([ids[0]]);
});
