import { createAnthropic } from '@ai-sdk/anthropic';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  anthropicError,
  anthropicMessage,
  anthropicStream,
} from '../../../test/stand-in/anthropic-replies.ts';
import { type ScriptedProvider, startScriptedProvider } from '../../../test/stand-in/scripted-provider.ts';
import { sendThrough, startSending } from '../../../test/support/wire-send.ts';
import { AiSdkUpstream } from './ai-sdk-upstream.ts';

let provider: ScriptedProvider;
let upstream: AiSdkUpstream;

beforeAll(async () => {
  provider = await startScriptedProvider();
  const anthropic = createAnthropic({ baseURL: `${provider.origin}/v1`, apiKey: 'key-of-the-provider' });
  upstream = new AiSdkUpstream({ name: 'claude', model: anthropic('claude-sonnet-4-5') });
});
afterAll(() => provider.close());

const MODEL = { model: 'claude-sonnet-4-5' };
const HELLO = { ...MODEL, messages: [{ role: 'user', content: 'Hello?' }] };
const WEATHER = {
  type: 'function',
  function: {
    name: 'weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
};

test('a conversation of all roles arrives as Anthropic wants it', async () => {
  provider.reply = () => anthropicMessage({ content: [{ type: 'text', text: 'Warm.' }] });
  const call = (id: string, city: string): object => ({
    id,
    type: 'function',
    function: { name: 'weather', arguments: JSON.stringify({ city }) },
  });
  const answer = await sendThrough(upstream, {
    json: {
      ...MODEL,
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'Weather here?' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } },
            { type: 'image_url', image_url: { url: 'https://images.example/a.png', detail: 'low' } },
            {
              type: 'file',
              file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'map.pdf' },
            },
          ],
        },
        { role: 'assistant', content: null, tool_calls: [call('c1', 'Rome'), call('c2', 'Oslo')] },
        { role: 'tool', tool_call_id: 'c1', content: '30 degrees' },
        { role: 'tool', tool_call_id: 'c2', content: [{ type: 'text', text: '5 degrees' }] },
      ],
      tools: [WEATHER],
      tool_choice: 'required',
      parallel_tool_calls: false,
      max_completion_tokens: 100,
      temperature: 0.5,
      stop: 'END',
      user: 'u1',
    },
    headers: { 'anthropic-beta': 'some-beta-2026-01-01' },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers).toMatchObject({
    'x-request-id': 'req_anthropic_1',
    'anthropic-ratelimit-requests-remaining': '99',
    'x-homegrown-warnings':
      "messages[1].content[2].image_url.url: anthropic.messages/claude-sonnet-4-5 chooses an image's resolution itself; detail was left out",
  });
  const { body, headers } = provider.requests.at(-1)!;
  expect(headers['anthropic-beta']).toContain('some-beta-2026-01-01');
  expect(body).toMatchObject({
    model: 'claude-sonnet-4-5',
    metadata: { user_id: 'u1' },
    max_tokens: 100,
    temperature: 0.5,
    stop_sequences: ['END'],
    system: [{ type: 'text', text: 'Be brief.' }],
    tools: [{ name: 'weather', description: 'Weather of a city', input_schema: WEATHER.function.parameters }],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'Weather here?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } },
          { type: 'image', source: { type: 'url', url: 'https://images.example/a.png' } },
          { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0=' } },
        ],
      },
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Rome' } },
          { type: 'tool_use', id: 'c2', name: 'weather', input: { city: 'Oslo' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'c1', content: '30 degrees' },
          { type: 'tool_result', tool_use_id: 'c2', content: '5 degrees' },
        ],
      },
    ],
  });
});

test('an answer has its text, thought, finish and usage with cached tokens', async () => {
  provider.reply = () =>
    anthropicMessage({
      content: [
        { type: 'thinking', thinking: 'Greet.', signature: 'sig' },
        { type: 'text', text: 'Hello.' },
      ],
      stopReason: 'max_tokens',
    });
  const answer = await sendThrough(upstream, { json: HELLO });
  expect(answer.json()).toMatchObject({
    id: 'msg_01',
    object: 'chat.completion',
    model: 'claude-stand-in-2026',
    choices: [
      {
        index: 0,
        message: { role: 'assistant', content: 'Hello.', refusal: null, reasoning_content: 'Greet.' },
        finish_reason: 'length',
      },
    ],
    usage: {
      prompt_tokens: 17,
      completion_tokens: 5,
      total_tokens: 22,
      prompt_tokens_details: { cached_tokens: 7 },
    },
  });
  expect(answer.json().usage).not.toHaveProperty('completion_tokens_details');
});

describe('tools', () => {
  const content = [
    { type: 'text', text: 'Let me look.' },
    { type: 'tool_use', id: 'tu_1', name: 'weather', input: { city: 'Rome' } },
    { type: 'tool_use', id: 'tu_2', name: 'now', input: {} },
  ] as const;

  test('plain', async () => {
    provider.reply = () => anthropicMessage({ content, stopReason: 'tool_use' });
    const { choices } = (await sendThrough(upstream, { json: { ...HELLO, tools: [WEATHER] } })).json();
    expect(choices[0]).toMatchObject({
      finish_reason: 'tool_calls',
      message: {
        content: 'Let me look.',
        tool_calls: [
          { id: 'tu_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } },
          { id: 'tu_2', type: 'function', function: { name: 'now', arguments: '{}' } },
        ],
      },
    });
  });

  test('streamed, in pieces that join to the same arguments', async () => {
    provider.reply = () => anthropicStream({ content, stopReason: 'tool_use' });
    const answer = await sendThrough(upstream, { json: { ...HELLO, tools: [WEATHER], stream: true } });
    const deltas = answer
      .events()
      .slice(0, -1)
      .flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    const starts = deltas.filter(({ id }) => id !== undefined);
    expect(starts).toEqual([
      { index: 0, id: 'tu_1', type: 'function', function: { name: 'weather', arguments: '' } },
      { index: 1, id: 'tu_2', type: 'function', function: { name: 'now', arguments: '' } },
    ]);
    const joined = (index: number): string =>
      deltas
        .filter((delta) => delta.index === index)
        .map((delta) => delta.function.arguments)
        .join('');
    expect([joined(0), joined(1)]).toEqual(['{"city":"Rome"}', '{}']);
    expect(deltas.length).toBeGreaterThan(4);
    expect(answer.events().at(-2).choices[0]).toMatchObject({ delta: {}, finish_reason: 'tool_calls' });
  });
});

test('a JSON schema becomes what this provider has instead', async () => {
  provider.reply = () => anthropicMessage({ content: [{ type: 'text', text: '{"label":"a"}' }] });
  const schema = {
    type: 'object',
    properties: { label: { type: 'string' } },
    required: ['label'],
    additionalProperties: false,
  };
  const response_format = { type: 'json_schema', json_schema: { name: 'answer', schema, strict: true } };
  const answer = await sendThrough(upstream, { json: { ...HELLO, response_format } });
  expect(answer.status).toBe(200);
  expect(JSON.stringify(provider.requests.at(-1)!.body)).toContain('"label"');
});

test.each<[string, object, string]>([
  ['logprobs', { logprobs: true }, 'logprobs'],
  ['logit_bias', { logit_bias: { '50256': -100 } }, 'logit_bias'],
  ['spoken answers', { modalities: ['text', 'audio'] }, 'modalities'],
  ['the old functions', { functions: [] }, 'functions'],
  [
    'a file id',
    { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'f' } }] }] },
    'messages[0].content[0].file',
  ],
  [
    'a tool that is none',
    { tool_choice: { type: 'function', function: { name: 'x' } }, tools: [WEATHER] },
    'tool_choice',
  ],
  [
    'an orphaned result',
    { messages: [{ role: 'tool', tool_call_id: 'x', content: '' }] },
    'messages[0].tool_call_id',
  ],
  ['a role that is none', { messages: [{ role: 'robot', content: '' }] }, 'messages[0].role'],
  [
    'a part that is none',
    { messages: [{ role: 'user', content: [{ type: 'video' }] }] },
    'messages[0].content[0].type',
  ],
  ['a temperature that is none', { temperature: 'hot' }, 'temperature'],
  ['another tool type', { tools: [{ type: 'web_search' }] }, 'tools[0].type'],
])('%s is refused by name', async (_name, change, param) => {
  const before = provider.requests.length;
  const answer = await sendThrough(upstream, { json: { ...HELLO, ...change } });
  expect(answer.status).toBe(400);
  expect(answer.json().error).toMatchObject({ type: 'invalid_request_error', param });
  expect(answer.json().error.message).toContain(param);
  expect(provider.requests).toHaveLength(before);
});

describe('errors', () => {
  test('keep status, message, retry-after and request id', async () => {
    provider.reply = () => anthropicError(429, 'rate_limit_error', 'Too many tokens', { 'retry-after': '7' });
    for (const stream of [false, true]) {
      const answer = await sendThrough(upstream, { json: { ...HELLO, stream } });
      expect(answer).toMatchObject({
        status: 429,
        headers: {
          'retry-after': '7',
          'x-request-id': 'req_anthropic_1',
          'content-type': 'application/json',
        },
      });
      expect(answer.json().error).toEqual({
        type: 'rate_limit_error',
        message: 'Too many tokens',
        param: null,
        code: null,
      });
    }
  });

  test('an error part before the first content is an answer of its own', async () => {
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    provider.reply = () => ({ events: [overloaded] });
    const answer = await sendThrough(upstream, { json: { ...HELLO, stream: true } });
    expect(answer.status === null || answer.status >= 500).toBe(true);
    expect(answer.failure?.message ?? answer.text).toContain('Overloaded');
  });

  test.each<['cut' | 'end']>([['cut'], ['end']])(
    'a stream that is %s in the middle is a failure',
    async (how) => {
      const { events } = anthropicStream({ content: [{ type: 'text', text: 'Half of it' }] });
      provider.reply = () => ({ events: events.slice(0, 6), ending: how });
      const answer = await sendThrough(upstream, { json: { ...HELLO, stream: true } });
      expect(answer.status).toBe(200);
      expect(answer.failure).not.toBeNull();
      expect(answer.text).not.toContain('[DONE]');
      expect(answer.text).not.toContain('"finish_reason":"stop"');
    },
  );

  test('an error part in the middle is one for the client', async () => {
    const { events } = anthropicStream({ content: [{ type: 'text', text: 'Half of it' }] });
    const overloaded = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
    provider.reply = () => ({ events: [...events.slice(0, 6), overloaded] });
    const answer = await sendThrough(upstream, { json: { ...HELLO, stream: true } });
    expect(answer.events().at(-1)).toEqual({
      error: { message: 'Overloaded', type: 'overloaded_error', param: null, code: null },
    });
    expect(answer.text).not.toContain('[DONE]');
  });
});

test('signs of life in a silence pass as comments', async () => {
  const { events } = anthropicStream({ content: [{ type: 'text', text: 'Slowly' }] });
  provider.reply = () => ({
    events: events.flatMap((event, index) => (index === 5 ? [event, { type: 'ping' }] : [event])),
  });
  const answer = await sendThrough(upstream, { json: { ...HELLO, stream: true } });
  expect(answer.text.match(/^: ping$/gm)).toHaveLength(1);
  expect(answer.text).toContain('data: [DONE]');
});

describe('leaving', () => {
  const slow = (): ReturnType<typeof anthropicStream> => ({
    ...anthropicStream({ content: [{ type: 'text', text: 'x'.repeat(200) }] }),
    gapMs: 20,
  });

  test('before any answer: the provider sees it at once', async () => {
    provider.reply = () => 'stall';
    for (const stream of [false, true]) {
      const before = provider.requests.length;
      const { exchange, answer } = startSending(upstream, { json: { ...HELLO, stream } });
      while (provider.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
      const leftAt = performance.now();
      exchange.abort();
      expect((await provider.requests.at(-1)!.left) - leftAt).toBeLessThan(1000);
      expect(answer).toMatchObject({ status: null, text: '', failure: null });
    }
  });

  test('in the middle of a stream', async () => {
    provider.reply = slow;
    const { exchange, answer } = startSending(upstream, { json: { ...HELLO, stream: true } });
    while (answer.text === '') await new Promise((resolve) => setTimeout(resolve, 5));
    const leftAt = performance.now();
    exchange.abort();
    const soFar = answer.text;
    expect((await provider.requests.at(-1)!.left) - leftAt).toBeLessThan(1000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answer).toMatchObject({ text: soFar, failure: null });
  });

  test('nothing comes while paused', async () => {
    provider.reply = () => ({ ...slow(), gapMs: 2 });
    const { exchange, answer, finished } = startSending(upstream, { json: { ...HELLO, stream: true } });
    while (answer.text === '') await new Promise((resolve) => setTimeout(resolve, 5));
    exchange.pause();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const soFar = answer.text;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(answer.text).toBe(soFar);
    exchange.resume();
    expect((await finished).events().at(-1)).toBe('[DONE]');
  });
});
