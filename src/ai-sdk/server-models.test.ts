import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import {
  APICallError,
  embed,
  embedMany,
  generateObject,
  generateText,
  isStepCount,
  Output,
  streamText,
  tool,
} from 'ai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anthropicMessage, anthropicStream } from '../../test/stand-in/anthropic-replies.ts';
import { chatCompletion, chatStream, openAiError } from '../../test/stand-in/openai-replies.ts';
import { type ScriptedProvider, startScriptedProvider } from '../../test/stand-in/scripted-provider.ts';
import { TICKETS, ticketProject } from '../../test/support/ticket-project.ts';
import type { RunningServer } from '../gateway/server.ts';
import { createHomegrown, type HomegrownMetadata, type HomegrownProvider } from './homegrown-provider.ts';

let provider: ScriptedProvider;
let tickets: Awaited<ReturnType<typeof ticketProject>>;
let server: RunningServer;
let homegrown: HomegrownProvider;

beforeAll(async () => {
  provider = await startScriptedProvider();
  const baseURL = `${provider.origin}/v1`;
  const serving = { retries: 0 };
  tickets = await ticketProject({
    upstreams: {
      rented: { baseUrl: baseURL, model: 'gpt-4o-mini', serving },
      claude: { model: createAnthropic({ baseURL, apiKey: 'k' })('claude-sonnet-4-5'), serving },
      gpt: {
        model: createOpenAI({ baseURL, apiKey: 'k' }).chat('gpt-4o-mini'),
        embeddings: createOpenAI({ baseURL, apiKey: 'k' }).embedding('text-embedding-3-small'),
        serving,
      },
    },
    defaultUpstream: 'rented',
  });
  server = await tickets.project.serve({ port: 0, log: () => undefined });
  homegrown = createHomegrown({ baseUrl: server.url });
});
afterAll(async () => {
  await server?.close();
  await tickets?.remove();
  await provider?.close();
});

function metadataOf({ providerMetadata }: { providerMetadata?: unknown }): HomegrownMetadata {
  return (providerMetadata as { homegrown: HomegrownMetadata }).homegrown;
}

const UPSTREAMS = [['rented'], ['claude'], ['gpt']] as const;

/** Lets the provider say the same in the format of whoever asks. */
function reply(answer: { text?: string; call?: { id: string; name: string; input: object } }): void {
  const { text, call } = answer;
  provider.reply = ({ path, body }) => {
    if (path === '/v1/messages') {
      const content = [
        ...(text === undefined ? [] : [{ type: 'text' as const, text }]),
        ...(call === undefined ? [] : [{ type: 'tool_use' as const, ...call }]),
      ];
      const whole = { content, stopReason: call === undefined ? 'end_turn' : 'tool_use' };
      return body.stream === true ? anthropicStream(whole) : anthropicMessage(whole);
    }
    const calls = call === undefined ? [] : [{ ...call, arguments: JSON.stringify(call.input) }];
    const whole = { content: text ?? null, calls };
    return body.stream === true ? chatStream(whole) : chatCompletion(whole);
  };
}

describe.each(UPSTREAMS)('a model of the upstream %s', (upstream) => {
  test('generateText: text, usage, who answered', async () => {
    reply({ text: 'Hello there' });
    const result = await generateText({ model: homegrown(upstream), prompt: 'Hello?' });
    expect(result.text).toBe('Hello there');
    expect(result.finishReason).toBe('stop');
    expect(result.usage.inputTokens).toBeGreaterThan(0);
    expect(result.usage.inputTokenDetails.cacheReadTokens).toBeGreaterThan(0);
    expect(metadataOf(result)).toMatchObject({
      inferenceId: expect.stringMatching(/^inf_/),
      target: expect.stringMatching(new RegExp(`^${upstream}/`)),
    });
  });

  test('streamText: pieces, usage, inference id', async () => {
    reply({ text: 'Hello there my friend' });
    const result = streamText({ model: homegrown(upstream), prompt: 'Hello?' });
    const pieces: string[] = [];
    for await (const piece of result.textStream) pieces.push(piece);
    expect(pieces.join('')).toBe('Hello there my friend');
    expect(pieces.length).toBeGreaterThan(3);
    expect((await result.usage).outputTokens).toBeGreaterThan(0);
    expect(metadataOf({ providerMetadata: await result.providerMetadata }).inferenceId).toMatch(/^inf_/);
  });

  test('tools over several steps, plain and streamed', async () => {
    for (const streams of [false, true]) {
      const asked: unknown[] = [];
      const weather = tool({
        description: 'Weather of a city',
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => {
          asked.push(city);
          reply({ text: 'It is warm in Rome' });
          return { degrees: 30 };
        },
      });
      reply({ call: { id: 'call_1', name: 'weather', input: { city: 'Rome' } } });
      const options = {
        model: homegrown(upstream),
        prompt: 'Weather?',
        tools: { weather },
        stopWhen: isStepCount(3),
      };
      const result = streams ? streamText(options) : await generateText(options);
      expect(await result.text).toBe('It is warm in Rome');
      expect((await result.steps).map(({ finishReason }) => finishReason)).toEqual(['tool-calls', 'stop']);
      expect(asked).toEqual(['Rome']);
      expect(JSON.stringify(provider.requests.at(-1)!.body)).toContain('degrees');
    }
  });

  test('structured output', async () => {
    reply({ text: '{"city":"Rome","degrees":30}' });
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const { output } = await generateText({
      model: homegrown(upstream),
      prompt: 'Weather?',
      output: Output.object({ schema }),
    });
    expect(output).toEqual({ city: 'Rome', degrees: 30 });
    const { object } = await generateObject({ model: homegrown(upstream), prompt: 'Weather?', schema });
    expect(object).toEqual({ city: 'Rome', degrees: 30 });
    expect(JSON.stringify(provider.requests.at(-1)!.body)).toContain('"degrees":{"type":"number"}');
  });

  test('an error keeps its status, message and code', async () => {
    provider.reply = () =>
      openAiError(429, { message: 'Slow down', code: 'rate_limit' }, { 'retry-after': '1' });
    const thrown: unknown = await generateText({
      model: homegrown(upstream),
      prompt: 'Hello?',
      maxRetries: 0,
    }).catch((error: unknown) => error);
    expect(APICallError.isInstance(thrown)).toBe(true);
    expect(thrown).toMatchObject({ statusCode: 429, message: 'Slow down', isRetryable: true });
    expect((thrown as APICallError).responseHeaders).toMatchObject({ 'retry-after': '1' });
  });

  test('a stream that breaks off is an error, not an end', async () => {
    provider.reply = ({ path }) => {
      const { events } =
        path === '/v1/messages'
          ? anthropicStream({ content: [{ type: 'text', text: 'Half of it' }] })
          : chatStream({ content: 'Half of it all' });
      return { events: events.slice(0, path === '/v1/messages' ? 6 : 3), ending: 'cut' };
    };
    const errors: unknown[] = [];
    const result = streamText({
      model: homegrown(upstream),
      prompt: 'Hello?',
      onError: ({ error }) => void errors.push(error),
    });
    let text = '';
    for await (const piece of result.textStream) text += piece;
    expect(text).toMatch(/^Half?/);
    expect(errors).toHaveLength(1);
    expect(await result.finishReason).toBe('error');
  });

  test('abort reaches the provider', async () => {
    provider.reply = () => 'stall';
    const before = provider.requests.length;
    const controller = new AbortController();
    const answer = generateText({
      model: homegrown(upstream),
      prompt: 'Hello?',
      abortSignal: controller.signal,
    });
    const failed = expect(answer).rejects.toThrow(/abort/i);
    while (provider.requests.length === before) await new Promise((resolve) => setTimeout(resolve, 5));
    const leftAt = performance.now();
    controller.abort();
    await failed;
    expect((await provider.requests.at(-1)!.left) - leftAt).toBeLessThan(1000);
  });
});

test('user, group, tags and task of a call are headers for the server, not for the provider', async () => {
  reply({ text: 'Hello' });
  const sent: Headers[] = [];
  const watched = createHomegrown({
    baseUrl: server.url,
    headers: { 'x-team': 'blue' },
    fetch: (input, init) => {
      sent.push(new Headers(init?.headers));
      return fetch(input, init);
    },
  });
  const result = await generateText({
    model: watched('rented/gpt-4o'),
    prompt: 'Hello?',
    providerOptions: {
      homegrown: {
        user: 'Ännie',
        group: 'g1',
        tags: { plan: 'pro', region: 'eu' },
        task: 'ticket',
        seed_tag: 7,
      },
    },
  });
  const { headers, body } = provider.requests.at(-1)!;
  expect(Object.keys(headers).filter((name) => name.startsWith('x-homegrown'))).toEqual([]);
  expect(body).toMatchObject({ model: 'gpt-4o', seed_tag: 7 });
  expect(body).not.toHaveProperty('user');
  expect(metadataOf(result).inferenceId).toMatch(/^inf_/);
  expect(headers['x-team']).toBe('blue');
  expect(Object.fromEntries(sent[0]!)).toMatchObject({
    'x-homegrown-user': Buffer.from('Ännie').toString('latin1'),
    'x-homegrown-group': 'g1',
    'x-homegrown-tags': 'plan=pro, region=eu',
    'x-homegrown-task': 'ticket',
  });
  for (const wrong of [{ tags: { 'a=b': '' } }, { tags: { a: 'b,c' } }, { user: 'a\nb' }, { group: '' }]) {
    const call = generateText({
      model: homegrown('rented'),
      prompt: 'Hello?',
      providerOptions: { homegrown: wrong },
    });
    await expect(call).rejects.toThrow(/^providerOptions\.homegrown\.(tags|user|group): /);
  }
});

describe('an own model behind the server', () => {
  const prompt = `please explain ${TICKETS['question']!.join(' ')}`;

  test('answers its label, with usage unknown', async () => {
    const result = await generateText({ model: homegrown('task:ticket'), prompt });
    expect(result.text).toBe('question');
    expect(result.usage.totalTokens).toBeUndefined();
    expect(metadataOf(result)).toMatchObject({
      target: 'ticket@1',
      inferenceId: expect.stringMatching(/^inf_/),
    });
    const stream = streamText({ model: homegrown('ticket@1'), prompt });
    expect(await stream.text).toBe('question');
    expect((await stream.usage).totalTokens).toBeUndefined();
  });

  test('log-probabilities, choices and objects', async () => {
    const options = { providerOptions: { homegrown: { logprobs: true, top_logprobs: 3 } } };
    const result = await generateText({ model: homegrown('task:ticket'), prompt, ...options });
    expect(metadataOf(result).logprobs).toMatchObject({
      content: [{ token: 'question', top_logprobs: [{}, {}, {}] }],
    });
    const labels = Object.keys(TICKETS);
    const { output } = await generateText({
      model: homegrown('task:ticket'),
      prompt,
      output: Output.choice({ options: labels }),
    });
    expect(output).toBe('question');
    const schema = z.object({ label: z.enum(labels as [string, ...string[]]), confidence: z.number() });
    const { object } = await generateObject({ model: homegrown('task:ticket'), prompt, schema });
    expect(object).toMatchObject({ label: 'question', confidence: expect.any(Number) });
  });

  test('cannot be forced to call a tool', async () => {
    const tools = { f: tool({ inputSchema: z.object({ text: z.string() }), execute: async () => 'done' }) };
    await expect(
      generateText({ model: homegrown('task:ticket'), prompt, tools, toolChoice: 'required' }),
    ).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('cannot call tools') });
    expect((await generateText({ model: homegrown('task:ticket'), prompt, tools })).text).toBe('question');
  });
});

test('embeddings', async () => {
  provider.reply = ({ body }) => {
    const data = body.input.map((text: string, index: number) => ({ index, embedding: [text.length, 0.5] }));
    return {
      json: { object: 'list', data, model: body.model, usage: { prompt_tokens: 4, total_tokens: 4 } },
    };
  };
  for (const model of ['rented/text-embedding-3-small', 'gpt/text-embedding-3-small']) {
    const one = await embed({ model: homegrown.embeddingModel(model), value: 'abc' });
    expect(one).toMatchObject({ embedding: [3, 0.5], usage: { tokens: 4 } });
    expect(metadataOf(one).inferenceId).toMatch(/^inf_/);
    const many = await embedMany({ model: homegrown.embeddingModel(model), values: ['a', 'bc'] });
    expect(many.embeddings).toEqual([
      [1, 0.5],
      [2, 0.5],
    ]);
  }
});

test('what is no server is said so', async () => {
  expect(() => createHomegrown({ baseUrl: 'localhost:4400' })).toThrow(/baseUrl.*http:\/\//);
  const missing = createHomegrown({ baseUrl: `${server.url}/v1/` });
  await expect(generateText({ model: missing('task:nope'), prompt: 'Hello?' })).rejects.toMatchObject({
    statusCode: 404,
  });
  expect(() => missing.imageModel('x')).toThrow();
});
