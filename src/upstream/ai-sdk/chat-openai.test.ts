import { createOpenAI } from '@ai-sdk/openai';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CHAT_USAGE,
  chatCompletion,
  chatStream,
  openAiError,
} from '../../../test/stand-in/openai-replies.ts';
import { type ScriptedProvider, startScriptedProvider } from '../../../test/stand-in/scripted-provider.ts';
import { serveWireUpstream } from '../../../test/support/serve-wire-upstream.ts';
import { sendThrough } from '../../../test/support/wire-send.ts';
import { AiSdkUpstream } from './ai-sdk-upstream.ts';

let provider: ScriptedProvider;
let upstream: AiSdkUpstream;
let served: Awaited<ReturnType<typeof serveWireUpstream>>;
let client: OpenAI;

beforeAll(async () => {
  provider = await startScriptedProvider();
  const openai = createOpenAI({ baseURL: `${provider.origin}/v1`, apiKey: 'key-of-the-provider' });
  upstream = new AiSdkUpstream({ name: 'gpt', model: openai.chat('gpt-4o-mini') });
  served = await serveWireUpstream(upstream);
  client = new OpenAI({ baseURL: served.baseUrl, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await served.close();
  await provider.close();
});

const MODEL = { model: 'gpt-4o-mini' };
const HELLO = { ...MODEL, messages: [{ role: 'user' as const, content: 'Hello?' }] };

test('every parameter arrives under its own name again', async () => {
  provider.reply = () => chatCompletion({ content: 'Hi' });
  const schema = {
    type: 'object',
    properties: { a: { type: 'string' } },
    required: ['a'],
    additionalProperties: false,
  };
  const json = {
    ...MODEL,
    messages: [
      { role: 'system', content: 'Be brief.', name: 'boss' },
      {
        role: 'user',
        name: 'ann',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: 'https://images.example/A.png', detail: 'low' } },
          { type: 'input_audio', input_audio: { data: 'UklGRg==', format: 'wav' } },
          { type: 'input_audio', input_audio: { data: 'SUQz', format: 'mp3' } },
          { type: 'file', file: { file_data: 'data:application/pdf;base64,JVBERi0=', filename: 'a.pdf' } },
          { type: 'file', file: { file_id: 'file-1' } },
        ],
      },
      {
        role: 'assistant',
        content: null,
        tool_calls: [{ id: 'c1', type: 'function', function: { name: 'f', arguments: '{"broken' } }],
      },
      { role: 'tool', tool_call_id: 'c1', content: 'no JSON' },
    ],
    temperature: 0.2,
    top_p: 0.9,
    max_tokens: 50,
    stop: ['a', 'b'],
    seed: 7,
    presence_penalty: 0.1,
    frequency_penalty: 0.2,
    logit_bias: { 5: -1 },
    user: 'u1',
    safety_identifier: 's1',
    metadata: { team: 'blue' },
    store: true,
    service_tier: 'flex',
    prompt_cache_key: 'k',
    verbosity: 'low',
    parallel_tool_calls: false,
    prediction: { type: 'content', content: 'Hi' },
    response_format: {
      type: 'json_schema',
      json_schema: { name: 'n', description: 'd', schema, strict: false },
    },
    tools: [
      { type: 'function', function: { name: 'f', description: 'd', parameters: schema, strict: true } },
      { type: 'function', function: { name: 'g' } },
    ],
    tool_choice: { type: 'function', function: { name: 'f' } },
  };
  const answer = await sendThrough(upstream, { json });
  expect(answer.status).toBe(200);
  const { body } = provider.requests.at(-1)!;
  const [system, user, assistant, tool] = json.messages;
  const call = {
    id: 'c1',
    type: 'function',
    function: { name: 'f', arguments: '{"rawInvalidInput":"{\\"broken"}' },
  };
  const { service_tier: _left, ...kept } = json;
  expect(body).toEqual({
    ...kept,
    messages: [
      system,
      {
        ...user,
        content: [
          ...(user!.content as object[]).slice(0, 1),
          expect.anything(),
          ...(user!.content as object[]).slice(2),
        ],
      },
      { ...assistant, tool_calls: [call] },
      tool,
    ],
    tools: [
      json.tools[0],
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ],
  });
  expect(body.messages[1].content[1]).toEqual((user!.content as object[])[1]);
  expect(answer.headers['x-homegrown-warnings']).toContain('serviceTier');
});

test('several tools of which some are allowed', async () => {
  provider.reply = () => chatCompletion({ content: 'Hi' });
  const tool = (name: string): object => ({ type: 'function', function: { name } });
  const tool_choice = { type: 'allowed_tools', allowed_tools: { mode: 'required', tools: [tool('b')] } };
  await sendThrough(upstream, { json: { ...HELLO, tools: [tool('a'), tool('b')], tool_choice } });
  const { body } = provider.requests.at(-1)!;
  expect(body.tools.map((sent: { function: { name: string } }) => sent.function.name)).toEqual(['b']);
  expect(body.tool_choice).toBe('required');
});

describe("through OpenAI's own client", () => {
  test('a plain answer with details of its usage', async () => {
    provider.reply = () => chatCompletion({ content: 'Hi there' });
    const { data, response, request_id: id } = await client.chat.completions.create(HELLO).withResponse();
    expect(data.choices[0]!.message.content).toBe('Hi there');
    expect(data.usage).toEqual(CHAT_USAGE);
    expect(id).toBe('req_openai_1');
    expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('99');
  });

  test('unknown usage stays absent', async () => {
    provider.reply = ({ body }) =>
      body.stream === true
        ? chatStream({ content: 'Hi', usage: null })
        : chatCompletion({ content: 'Hi', usage: null });
    expect(await client.chat.completions.create(HELLO)).not.toHaveProperty('usage');
    const stream = client.chat.completions.stream({ ...HELLO, stream_options: { include_usage: true } });
    expect((await stream.finalChatCompletion()).usage ?? null).toBeNull();
  });

  test('a stream, its helper and its usage', async () => {
    provider.reply = () => chatStream({ content: 'Hi there my friend' });
    const stream = client.chat.completions.stream({ ...HELLO, stream_options: { include_usage: true } });
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const final = await stream.finalChatCompletion();
    expect(pieces).toEqual(['Hi ', 'there ', 'my ', 'friend']);
    expect(final.choices[0]).toMatchObject({
      message: { content: 'Hi there my friend' },
      finish_reason: 'stop',
    });
    expect(final.usage).toEqual(CHAT_USAGE);
  });

  test('tool calls, plain and streamed', async () => {
    const calls = [
      { id: 'c1', name: 'f', arguments: '{"city":"Rome"}' },
      { id: 'c2', name: 'g', arguments: '{}' },
    ];
    provider.reply = ({ body }) => (body.stream === true ? chatStream({ calls }) : chatCompletion({ calls }));
    const request = { ...HELLO, tools: [{ type: 'function' as const, function: { name: 'f' } }] };
    const plain = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [plain, streamed]) {
      expect(choices[0]).toMatchObject({
        finish_reason: 'tool_calls',
        message: {
          content: null,
          tool_calls: calls.map(({ id, name, arguments: args }) => ({
            id,
            function: { name, arguments: args },
          })),
        },
      });
    }
  });

  test('log-probabilities, plain and streamed', async () => {
    provider.reply = ({ body }) =>
      body.stream === true
        ? chatStream({ content: 'Hi you', logprobs: true })
        : chatCompletion({ content: 'Hi you', logprobs: true });
    const request = { ...HELLO, logprobs: true, top_logprobs: 2 };
    const plain = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    expect(provider.requests.at(-1)!.body).toMatchObject({ logprobs: true, top_logprobs: 2 });
    for (const { choices } of [plain, streamed]) {
      const tokens = choices[0]!.logprobs!.content!;
      expect(tokens.map(({ token }) => token)).toEqual(['Hi ', 'you']);
      expect(tokens[0]).toMatchObject({ logprob: -0.25, top_logprobs: [{ token: 'Hi ' }, { token: '?' }] });
    }
  });

  test('several choices are several calls of the model', async () => {
    let answers = 0;
    provider.reply = ({ body }) => {
      const content = `answer ${(answers += 1)}`;
      return body.stream === true ? chatStream({ content }) : chatCompletion({ content });
    };
    const request = { ...HELLO, n: 3 };
    const plain = await client.chat.completions.create(request);
    expect(plain.choices.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(new Set(plain.choices.map(({ message }) => message.content)).size).toBe(3);
    expect(plain.usage).toMatchObject({ prompt_tokens: 36, completion_tokens: 18, total_tokens: 54 });
    const stream = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    const streamed = await stream.finalChatCompletion();
    expect(streamed.choices).toHaveLength(3);
    expect(new Set(streamed.choices.map(({ message }) => message.content)).size).toBe(3);
    expect(streamed.usage).toMatchObject({ total_tokens: 54 });
  });

  test('errors have their class, code, param and request id', async () => {
    const error = { message: 'Too long', code: 'context_length_exceeded', param: 'messages' };
    provider.reply = () => openAiError(400, error);
    const thrown = await client.chat.completions.create(HELLO).catch((cause: unknown) => cause);
    expect(thrown).toBeInstanceOf(OpenAI.BadRequestError);
    expect(thrown).toMatchObject({ ...error, message: '400 Too long', requestID: 'req_openai_1' });
    provider.reply = () => openAiError(401, { message: 'Incorrect API key', code: 'invalid_api_key' });
    await expect(client.chat.completions.create(HELLO)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  test('a model object is one model', async () => {
    await expect(client.chat.completions.create({ ...HELLO, model: 'gpt-other' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
  });
});

describe('what goes wrong', () => {
  test.each<[string, ScriptedProvider['reply'], string]>([
    ['a refused connection', () => 'cut', 'reset'],
    ['HTML', () => ({ status: 200, text: '<html>' }), 'malformed'],
    ['an answer without choices', () => ({ json: { choices: [] } }), 'malformed'],
    [
      'an answer without a finish reason',
      () => chatCompletion({ content: 'Hi', finishReason: null }),
      'no-finish-reason',
    ],
  ])('%s is a failure, not an answer', async (_name, reply, code) => {
    provider.reply = reply;
    const answer = await sendThrough(upstream, { json: HELLO });
    expect(answer).toMatchObject({ status: null, text: '', failure: { code } });
  });

  test.each<[string, (events: readonly (object | string)[]) => (object | string)[], 'end' | 'cut']>([
    ['cut before the first event', () => [], 'cut'],
    ['ended before the first event', () => [], 'end'],
    ['cut in the middle', (events) => events.slice(0, 3), 'cut'],
    ['ended in the middle', (events) => events.slice(0, 3), 'end'],
    ['[DONE] in the middle', (events) => [...events.slice(0, 3), 'data: [DONE]\n\n'], 'end'],
    [
      'a part that is no JSON',
      (events) => [...events.slice(0, 3), 'data: {"id": \n\n', ...events.slice(3)],
      'end',
    ],
    [
      'an error part',
      (events) => [...events.slice(0, 3), { error: { message: 'Broke', type: 'server_error' } }],
      'end',
    ],
  ])('%s is no clean end', async (_name, change, how) => {
    const { events } = chatStream({ content: 'Hi there my friend' });
    provider.reply = () => ({ events: change(events), ending: how });
    const answer = await sendThrough(upstream, { json: { ...HELLO, stream: true } });
    expect(answer.failure ?? answer.text.match(/"error":/)).toBeTruthy();
    expect(answer.text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });
});
