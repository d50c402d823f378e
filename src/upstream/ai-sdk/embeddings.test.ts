import type { LanguageModelV4 } from '@ai-sdk/provider';
import { createOpenAI } from '@ai-sdk/openai';
import OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openAiError } from '../../../test/stand-in/openai-replies.ts';
import { type ScriptedProvider, startScriptedProvider } from '../../../test/stand-in/scripted-provider.ts';
import { serveWireUpstream } from '../../../test/support/serve-wire-upstream.ts';
import { sendThrough } from '../../../test/support/wire-send.ts';
import { AiSdkUpstream } from './ai-sdk-upstream.ts';

let provider: ScriptedProvider;
let upstream: AiSdkUpstream;
let served: Awaited<ReturnType<typeof serveWireUpstream>>;
let client: OpenAI;
let language: LanguageModelV4;

const MODEL = 'text-embedding-3-small';

beforeAll(async () => {
  provider = await startScriptedProvider();
  const openai = createOpenAI({ baseURL: `${provider.origin}/v1`, apiKey: 'key-of-the-provider' });
  language = openai.chat('gpt-4o-mini');
  upstream = new AiSdkUpstream({ name: 'gpt', model: language, embeddings: openai.embedding(MODEL) });
  served = await serveWireUpstream(upstream);
  client = new OpenAI({ baseURL: served.baseUrl, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await served.close();
  await provider.close();
});

/** The length of each text, and a number that 32 bits cannot hold exactly. */
function embed({ body }: { body: { input: string[] } }): { json: object } {
  const data = body.input.map((text, index) => ({
    object: 'embedding',
    index,
    embedding: [text.length, 0.1],
  }));
  const tokens = body.input.length;
  return {
    json: { object: 'list', data, model: MODEL, usage: { prompt_tokens: tokens, total_tokens: tokens } },
  };
}

test('numbers and base64, which the client asks for by itself', async () => {
  provider.reply = embed;
  const numbers = await client.embeddings.create({
    model: MODEL,
    input: ['a', 'bcd'],
    encoding_format: 'float',
    dimensions: 2,
  });
  expect(numbers.data).toEqual([
    { object: 'embedding', index: 0, embedding: [1, 0.1] },
    { object: 'embedding', index: 1, embedding: [3, 0.1] },
  ]);
  expect(numbers.usage).toEqual({ prompt_tokens: 2, total_tokens: 2 });
  expect(provider.requests.at(-1)!.body).toMatchObject({ dimensions: 2 });
  const packed = await client.embeddings.create({ model: MODEL, input: 'bcd' });
  expect(Array.from(packed.data[0]!.embedding)).toEqual([3, Math.fround(0.1)]);
});

test('more texts than a call may hold are several calls', async () => {
  provider.reply = embed;
  const before = provider.requests.length;
  const input = Array.from({ length: 2500 }, (_, index) => 'x'.repeat((index % 9) + 1));
  const { data, usage } = await client.embeddings.create({ model: MODEL, input, encoding_format: 'float' });
  expect(provider.requests.length - before).toBe(2);
  expect(data.map(({ embedding: [length] }) => length)).toEqual(input.map(({ length }) => length));
  expect(data.at(-1)!.index).toBe(2499);
  expect(usage.prompt_tokens).toBe(2500);
});

test('unknown usage stays absent', async () => {
  provider.reply = (request) => {
    const { usage: _usage, ...json } = embed(request).json as { usage: unknown };
    return { json };
  };
  const answer = await sendThrough(upstream, { endpoint: 'embeddings', json: { model: MODEL, input: 'a' } });
  expect(answer.json()).not.toHaveProperty('usage');
});

test('token ids, other models and errors', async () => {
  provider.reply = () =>
    openAiError(429, { message: 'Slow down', code: 'rate_limit' }, { 'retry-after': '3' });
  const send = (json: Record<string, unknown>, to = upstream): ReturnType<typeof sendThrough> =>
    sendThrough(to, { endpoint: 'embeddings', json });
  expect((await send({ model: MODEL, input: [1, 2] })).json().error).toMatchObject({ param: 'input' });
  expect((await send({ model: MODEL, input: [[1], [2]] })).status).toBe(400);
  expect((await send({ model: 'other', input: 'a' })).status).toBe(404);
  expect(await send({ model: MODEL, input: 'a' })).toMatchObject({
    status: 429,
    headers: { 'retry-after': '3' },
  });
  const without = new AiSdkUpstream({ name: 'gpt', model: language });
  expect(without.answers('embeddings')).toBe(false);
  expect((await send({ model: MODEL, input: 'a' }, without)).status).toBe(404);
});
