import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type ScriptedProvider, startScriptedProvider } from '../../../test/stand-in/scripted-provider.ts';
import { sendThrough } from '../../../test/support/wire-send.ts';
import { AiSdkUpstream } from './ai-sdk-upstream.ts';

let provider: ScriptedProvider;
let upstream: AiSdkUpstream;

beforeAll(async () => {
  provider = await startScriptedProvider();
  const models = createOpenAICompatible({
    name: 'open-models',
    baseURL: `${provider.origin}/v1`,
    apiKey: 'key-of-the-provider',
    includeUsage: true,
    supportsStructuredOutputs: true,
  });
  upstream = new AiSdkUpstream({ name: 'main', model: models('open-7b') });
});
afterAll(() => provider.close());

const MESSAGES = [{ role: 'user', content: 'Say hello.' }];
const USAGE = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };

test('a plain answer comes back in the same form', async () => {
  provider.reply = () => ({
    headers: { 'x-request-id': 'req_1' },
    json: {
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1700000000,
      model: 'open-7b-2026',
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hello' }, finish_reason: 'stop' }],
      usage: USAGE,
    },
  });
  const answer = await sendThrough(upstream, {
    json: { model: 'open-7b', messages: MESSAGES, temperature: 0, min_p: 0.1, user: 'u1' },
    headers: { 'x-team': 'blue', authorization: 'Bearer of-the-client' },
  });
  expect(answer).toMatchObject({
    status: 200,
    headers: { 'x-request-id': 'req_1', 'content-type': 'application/json' },
  });
  expect(answer.headers).not.toHaveProperty('x-homegrown-warnings');
  expect(answer.json()).toEqual({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1700000000,
    model: 'open-7b-2026',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello', refusal: null },
        logprobs: null,
        finish_reason: 'stop',
      },
    ],
    usage: USAGE,
  });
  const { headers, body } = provider.requests.at(-1)!;
  expect(body).toEqual({ model: 'open-7b', messages: MESSAGES, temperature: 0, min_p: 0.1, user: 'u1' });
  expect(headers).toMatchObject({ 'x-team': 'blue', authorization: 'Bearer key-of-the-provider' });
});

test('a stream has the role first, deltas, a finish, usage when asked for, and [DONE]', async () => {
  const chunk = (choices: object[], more = {}): object => ({
    id: 'c1',
    model: 'm',
    created: 1,
    choices,
    ...more,
  });
  provider.reply = () => ({
    events: [
      chunk([{ index: 0, delta: { role: 'assistant', content: '' } }]),
      chunk([{ index: 0, delta: { content: 'Hel' } }]),
      chunk([{ index: 0, delta: { content: 'lo' } }]),
      chunk([{ index: 0, delta: {}, finish_reason: 'length' }]),
      chunk([], { usage: USAGE }),
      'data: [DONE]\n\n',
    ],
  });
  const json = { model: 'open-7b', messages: MESSAGES, stream: true };
  const answer = await sendThrough(upstream, { json: { ...json, stream_options: { include_usage: true } } });
  expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  const events = answer.events();
  expect(events.at(-1)).toBe('[DONE]');
  expect(events.slice(0, 4).map(({ choices: [choice] }) => choice)).toEqual([
    { index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null },
    { index: 0, delta: { content: 'Hel' }, finish_reason: null },
    { index: 0, delta: { content: 'lo' }, finish_reason: null },
    { index: 0, delta: {}, finish_reason: 'length' },
  ]);
  expect(events[4]).toMatchObject({ id: 'c1', choices: [], usage: USAGE });
  const bare = (await sendThrough(upstream, { json })).events();
  expect(bare.filter((event) => 'usage' in Object(event))).toEqual([]);
});
