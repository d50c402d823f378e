import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anthropicMessage, anthropicStream } from '../../../test/stand-in/anthropic-replies.ts';
import {
  chatCompletion,
  chatStream,
  openAiResponse,
  openAiResponseStream,
} from '../../../test/stand-in/openai-replies.ts';
import { type ScriptedProvider, startScriptedProvider } from '../../../test/stand-in/scripted-provider.ts';
import { serveWireUpstream } from '../../../test/support/serve-wire-upstream.ts';
import { sendThrough } from '../../../test/support/wire-send.ts';
import { AiSdkUpstream } from './ai-sdk-upstream.ts';

let provider: ScriptedProvider;
const served: Awaited<ReturnType<typeof serveWireUpstream>>[] = [];
const clients = {} as Record<'openai' | 'anthropic' | 'compatible', OpenAI>;
const upstreams = {} as Record<'openai' | 'anthropic' | 'compatible', AiSdkUpstream>;

beforeAll(async () => {
  provider = await startScriptedProvider();
  const baseURL = `${provider.origin}/v1`;
  const apiKey = 'key-of-the-provider';
  const models = {
    openai: createOpenAI({ baseURL, apiKey })('gpt-5-mini'),
    anthropic: createAnthropic({ baseURL, apiKey })('claude-sonnet-4-5'),
    compatible: createOpenAICompatible({ name: 'open', baseURL, apiKey, includeUsage: true })('open-7b'),
  };
  for (const name of ['openai', 'anthropic', 'compatible'] as const) {
    upstreams[name] = new AiSdkUpstream({ name, model: models[name] });
    const server = await serveWireUpstream(upstreams[name]);
    served.push(server);
    clients[name] = new OpenAI({ baseURL: server.baseUrl, apiKey: 'none', maxRetries: 0 });
  }
});
afterAll(async () => {
  for (const server of served) await server.close();
  await provider.close();
});

const TOOL = {
  type: 'function' as const,
  name: 'weather',
  description: 'Weather of a city',
  parameters: { type: 'object', properties: { city: { type: 'string' } } },
  strict: false,
};
const CALL = { id: 'call_1', name: 'weather', arguments: '{"city":"Rome"}' };

describe.each([
  ['openai', 'gpt-5-mini'],
  ['anthropic', 'claude-sonnet-4-5'],
  ['compatible', 'open-7b'],
] as const)('a response of %s', (name, model) => {
  /** A thought, a text and a call of a tool, as each of the three says it. */
  const replyWith = (what: { text?: string; call?: boolean }): void => {
    const calls = what.call === true ? [CALL] : [];
    const text = what.text;
    provider.reply = ({ body }) => {
      const streams = body.stream === true;
      if (name === 'openai') {
        const answer = { thought: 'I see.', calls, ...(text === undefined ? {} : { text }) };
        return streams ? openAiResponseStream(answer) : openAiResponse(answer);
      }
      if (name === 'compatible') {
        const answer = { content: text ?? null, calls };
        return streams ? chatStream(answer) : chatCompletion(answer);
      }
      const content = [
        { type: 'thinking' as const, thinking: 'I see.', signature: 'sig-1' },
        ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
        ...calls.map(({ id, name: tool }) => ({
          type: 'tool_use' as const,
          id,
          name: tool,
          input: { city: 'Rome' },
        })),
      ];
      const answer = { content, stopReason: calls.length > 0 ? 'tool_use' : 'end_turn' };
      return streams ? anthropicStream(answer) : anthropicMessage(answer);
    };
  };

  test('plain: text, usage, what was asked', async () => {
    replyWith({ text: 'Good day' });
    const response = await clients[name].responses.create({
      model,
      instructions: 'Be brief.',
      input: 'Hello?',
      max_output_tokens: 100,
    });
    expect(response.output_text).toBe('Good day');
    expect(response).toMatchObject({
      object: 'response',
      status: 'completed',
      error: null,
      incomplete_details: null,
      instructions: 'Be brief.',
      max_output_tokens: 100,
    });
    expect(response.usage).toMatchObject({
      input_tokens: expect.any(Number),
      input_tokens_details: { cached_tokens: expect.any(Number) },
    });
    expect(response.usage!.total_tokens).toBe(response.usage!.input_tokens + response.usage!.output_tokens);
  });

  test('streamed: events in the order of the API, which add up to the same response', async () => {
    replyWith({ text: 'Good day to you' });
    const stream = await clients[name].responses.create({ model, input: 'Hello?', stream: true });
    const events = [];
    for await (const event of stream) events.push(event);
    expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, index) => index));
    const types = events.map(({ type }) => type);
    expect(types.slice(0, 3)).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
    ]);
    const texts = types.filter(
      (type) => type.startsWith('response.output_text') || type.startsWith('response.content_part'),
    );
    expect(texts.filter((type, index) => type !== texts[index - 1])).toEqual([
      'response.content_part.added',
      'response.output_text.delta',
      'response.output_text.done',
      'response.content_part.done',
    ]);
    const last = events.at(-1)!;
    expect(last.type).toBe('response.completed');
    const { response } = last as Extract<typeof last, { type: 'response.completed' }>;
    const deltas = events.flatMap((event) =>
      event.type === 'response.output_text.delta' ? [event.delta] : [],
    );
    expect(deltas.length).toBeGreaterThan(2);
    const message = response.output.find(({ type }) => type === 'message');
    expect(message).toMatchObject({
      status: 'completed',
      content: [{ type: 'output_text', text: deltas.join('') }],
    });
    expect(deltas.join('')).toBe('Good day to you');
    const done = events.flatMap((event) => (event.type === 'response.output_item.done' ? [event.item] : []));
    expect(done).toEqual(response.output);
    expect(response.usage?.output_tokens).toBeGreaterThan(0);
  });

  test('tools over two turns, with the thought of the first handed back', async () => {
    for (const streams of [false, true]) {
      replyWith({ call: true });
      const request = { model, tools: [TOOL], store: false };
      const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'Weather in Rome?' }];
      const first = streams
        ? await clients[name].responses.stream({ ...request, input }).finalResponse()
        : await clients[name].responses.create({ ...request, input });
      const [call] = first.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
      expect(call).toMatchObject({
        call_id: 'call_1',
        name: 'weather',
        arguments: CALL.arguments,
        status: 'completed',
      });
      input.push(...(first.output as OpenAI.Responses.ResponseInputItem[]));
      input.push({ type: 'function_call_output', call_id: call!.call_id, output: '30 degrees' });
      replyWith({ text: 'Warm' });
      const second = await clients[name].responses.create({ ...request, input });
      expect(second.output_text).toBe('Warm');
      const sent = JSON.stringify(provider.requests.at(-1)!.body);
      expect(sent).toContain('30 degrees');
      if (name === 'anthropic') expect(sent).toContain('"thinking":"I see.","signature":"sig-1"');
      if (name === 'openai') expect(sent).toContain('"encrypted_content":"gAAA-encrypted"');
    }
  });
});

test('parts, formats and settings arrive', async () => {
  provider.reply = () => openAiResponse({ text: '{}' });
  const schema = { type: 'object', properties: {}, required: [], additionalProperties: false };
  const answer = await sendThrough(upstreams.openai, {
    endpoint: 'responses',
    json: {
      model: 'gpt-5-mini',
      input: [
        {
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is it?' },
            { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'high' },
            { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
            { type: 'input_image', file_id: 'file-1' },
          ],
        },
      ],
      text: { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low', summary: 'auto' },
      metadata: { team: 'blue' },
      truncation: 'auto',
      previous_response_id: 'resp_0',
      parallel_tool_calls: false,
      tools: [TOOL],
      tool_choice: { type: 'function', name: 'weather' },
    },
  });
  expect(answer.text).toContain('"metadata":{"team":"blue"}');
  expect(provider.requests.at(-1)!.body).toMatchObject({
    input: [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'What is it?' },
          { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=', detail: 'high' },
          { type: 'input_file', filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' },
          { type: 'input_image', file_id: 'file-1' },
        ],
      },
    ],
    text: { format: { type: 'json_schema', name: 'n', schema, strict: true }, verbosity: 'low' },
    reasoning: { effort: 'low', summary: 'auto' },
    metadata: { team: 'blue' },
    truncation: 'auto',
    previous_response_id: 'resp_0',
    parallel_tool_calls: false,
    tool_choice: { type: 'function', name: 'weather' },
  });
});

test('an answer cut at its limit is incomplete', async () => {
  provider.reply = () =>
    anthropicMessage({ content: [{ type: 'text', text: 'Half' }], stopReason: 'max_tokens' });
  const response = await clients.anthropic.responses.create({ model: 'claude-sonnet-4-5', input: 'Hello?' });
  expect(response).toMatchObject({
    status: 'incomplete',
    incomplete_details: { reason: 'max_output_tokens' },
    output_text: 'Half',
  });
});

test.each<[string, object, string]>([
  ['an earlier response', { previous_response_id: 'resp_0' }, 'previous_response_id'],
  ['background work', { background: true }, 'background'],
  ['a stored prompt', { prompt: { id: 'p' } }, 'prompt'],
  ['tools that run elsewhere', { tools: [{ type: 'web_search' }] }, 'tools[0].type'],
  ['items of other kinds', { input: [{ type: 'item_reference', id: 'x' }] }, 'input[0].type'],
  [
    'an orphaned result',
    { input: [{ type: 'function_call_output', call_id: 'x', output: '' }] },
    'input[0].call_id',
  ],
])('%s is refused by name', async (_name, change, param) => {
  const json = { model: 'claude-sonnet-4-5', input: 'Hello?', ...change };
  const answer = await sendThrough(upstreams.anthropic, { endpoint: 'responses', json });
  expect(answer.status).toBe(400);
  expect(answer.json().error).toMatchObject({ param });
});

test('a stream that ends in the middle is a failure', async () => {
  const { events } = openAiResponseStream({ text: 'Good day to you' });
  for (const how of ['end', 'cut'] as const) {
    provider.reply = () => ({ events: events.slice(0, 5), ending: how });
    const json = { model: 'gpt-5-mini', input: 'Hello?', stream: true };
    const answer = await sendThrough(upstreams.openai, { endpoint: 'responses', json });
    expect(answer.failure).not.toBeNull();
    expect(answer.text).not.toContain('response.completed');
  }
});
