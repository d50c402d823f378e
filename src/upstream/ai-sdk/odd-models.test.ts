import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import { describe, expect, test } from 'vitest';
import { handWrittenModel, SOME_USAGE, WHOLE } from '../../../test/support/hand-written-model.ts';
import { sendThrough, startSending, type WireAnswer } from '../../../test/support/wire-send.ts';
import { AiSdkUpstream } from './ai-sdk-upstream.ts';

type Model = Parameters<typeof handWrittenModel>[0];

const HELLO = { model: 'odd-1', messages: [{ role: 'user', content: 'Hello?' }] };
const upstreamOf = (parts: Model): AiSdkUpstream =>
  new AiSdkUpstream({ name: 'odd', model: handWrittenModel(parts) });
const send = (parts: Model, json: Record<string, unknown> = HELLO): Promise<WireAnswer> =>
  sendThrough(upstreamOf(parts), { json });

function streamOf(...parts: LanguageModelV4StreamPart[]): Model {
  return { stream: () => ReadableStream.from(parts) };
}

const text = (delta: string): LanguageModelV4StreamPart => ({ type: 'text-delta', id: '0', delta });
const finish: LanguageModelV4StreamPart = { type: 'finish', ...WHOLE };

describe('what a model says besides text', () => {
  test('sources and pictures are in the answer', async () => {
    const answer = await send({
      generate: async () => ({
        ...WHOLE,
        warnings: [],
        content: [
          { type: 'text', text: 'See' },
          { type: 'source', sourceType: 'url', id: '1', url: 'https://a.example', title: 'A' },
          { type: 'file', mediaType: 'image/png', data: { type: 'data', data: new Uint8Array([1, 2]) } },
          { type: 'tool-call', toolCallId: 'x', toolName: 'search', input: '{}', providerExecuted: true },
        ],
      }),
    });
    expect(answer.json().choices[0].message).toEqual({
      role: 'assistant',
      content: 'See',
      refusal: null,
      annotations: [{ type: 'url_citation', url_citation: { url: 'https://a.example', title: 'A' } }],
      images: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } }],
    });
    expect(answer.json()).toMatchObject({ id: expect.stringMatching(/^chatcmpl-/), model: 'odd-1' });
    expect(answer.json().usage).toEqual({ prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 });
  });

  test('the same in a response', async () => {
    const json = { model: 'odd-1', input: 'Hello?', stream: true };
    const file: LanguageModelV4StreamPart = {
      type: 'file',
      mediaType: 'image/png',
      data: { type: 'data', data: 'AQI=' },
    };
    const source: LanguageModelV4StreamPart = {
      type: 'source',
      sourceType: 'url',
      id: '1',
      url: 'https://a.example',
    };
    const upstream = upstreamOf(streamOf(text('See'), source, file, finish));
    const answer = await sendThrough(upstream, { endpoint: 'responses', json });
    expect(answer.events().at(-1).response.output).toMatchObject([
      {
        type: 'message',
        content: [{ text: 'See', annotations: [{ type: 'url_citation', url: 'https://a.example' }] }],
      },
      { type: 'image_generation_call', status: 'completed', result: 'AQI=' },
    ]);
  });

  test('a file that no answer can hold is a failure, not left out', async () => {
    const file: LanguageModelV4StreamPart = {
      type: 'file',
      mediaType: 'audio/wav',
      data: { type: 'data', data: '' },
    };
    const answer = await send(streamOf(text('a'), file, finish), { ...HELLO, stream: true });
    expect(answer.failure).toMatchObject({ code: 'not-translatable' });
    expect(answer.text).not.toContain('[DONE]');
  });

  test("a model's own warnings are in the header", async () => {
    const warnings = [
      { type: 'unsupported' as const, feature: 'seed', details: 'ignored' },
      { type: 'other' as const, message: 'Größe' },
    ];
    const answer = await send(streamOf({ type: 'stream-start', warnings }, text('a'), finish), {
      ...HELLO,
      stream: true,
    });
    expect(answer.headers['x-homegrown-warnings']).toBe('unsupported: seed (ignored); Gr??e');
  });

  test('tool calls that come whole, in pieces that are no JSON, and without arguments', async () => {
    const answer = await send(
      streamOf(
        { type: 'tool-call', toolCallId: 'a', toolName: 'f', input: '{"x":1}' },
        { type: 'tool-input-start', id: 'b', toolName: 'g', inputEncoding: 'text' },
        { type: 'tool-input-delta', id: 'b', delta: 'print(1)' },
        { type: 'tool-call', toolCallId: 'b', toolName: 'g', input: '{"code":"print(1)"}' },
        { type: 'tool-input-start', id: 'c', toolName: 'h' },
        { type: 'tool-input-delta', id: 'c', delta: '' },
        { type: 'tool-call', toolCallId: 'c', toolName: 'h', input: '{}' },
        { ...finish, finishReason: { unified: 'tool-calls', raw: undefined } } as LanguageModelV4StreamPart,
      ),
      { ...HELLO, stream: true },
    );
    const joined: Record<number, string> = {};
    for (const { choices } of answer.events().slice(0, -1)) {
      for (const call of choices[0].delta.tool_calls ?? []) {
        joined[call.index] = (joined[call.index] ?? '') + call.function.arguments;
      }
    }
    expect(joined).toEqual({ 0: '{"x":1}', 1: '{"code":"print(1)"}', 2: '{}' });
  });
});

describe('endings', () => {
  test.each<[string, LanguageModelV4StreamPart[], string]>([
    ['no finish', [text('a')], 'ended-early'],
    ['nothing at all', [], 'ended-early'],
    [
      'an interrupted finish',
      [text('a'), { ...finish, finishReason: { unified: 'interrupted', raw: undefined } } as never],
      'no-finish-reason',
    ],
    [
      'an unexplained finish',
      [text('a'), { ...finish, finishReason: { unified: 'other', raw: undefined } } as never],
      'no-finish-reason',
    ],
    [
      'a failed finish',
      [text('a'), { ...finish, finishReason: { unified: 'error', raw: undefined } } as never],
      'error-part',
    ],
  ])('%s is a failure', async (_name, parts, code) => {
    for (const endpoint of ['chat-completions', 'responses'] as const) {
      const json = { ...HELLO, input: 'Hello?', stream: true };
      const answer = await sendThrough(upstreamOf(streamOf(...parts)), { endpoint, json });
      expect(answer.failure).toMatchObject({ code });
      expect(answer.text).not.toMatch(/\[DONE\]|completed"/);
    }
  });

  test("a provider's own reason stays its own", async () => {
    const paused = {
      ...finish,
      finishReason: { unified: 'other', raw: 'pause_turn' },
    } as LanguageModelV4StreamPart;
    const answer = await send(streamOf(text('a'), paused), { ...HELLO, stream: true });
    expect(answer.events().at(-2).choices[0].finish_reason).toBe('pause_turn');
  });

  test.each<[string, unknown, object]>([
    ['an error', new Error('broke'), { code: 'model-error', message: 'broke' }],
    [
      'a network error',
      Object.assign(new Error('x'), { code: 'ECONNREFUSED' }),
      { code: 'unreachable', unsent: true },
    ],
    [
      'a reset',
      new TypeError('x', { cause: Object.assign(new Error('y'), { code: 'ECONNRESET' }) }),
      { code: 'reset' },
    ],
    [
      'a missing key',
      Object.assign(new Error('no key'), { name: 'AI_LoadAPIKeyError' }),
      { code: 'no-key', final: true },
    ],
  ])('%s that is thrown is a failure', async (_name, thrown, expected) => {
    // eslint-disable-next-line typescript/only-throw-error -- model objects may throw anything
    const thrower = (): never => {
      throw thrown;
    };
    for (const stream of [false, true]) {
      const answer = await send({ generate: async () => thrower(), stream: thrower }, { ...HELLO, stream });
      expect(answer).toMatchObject({ status: null, failure: expected });
    }
  });

  test('an unsupported request that the model itself refuses is a 400', async () => {
    const thrown = Object.assign(new Error('no audio'), { name: 'AI_UnsupportedFunctionalityError' });
    const answer = await send({ generate: () => Promise.reject(thrown) });
    expect(answer.status).toBe(400);
    expect(answer.json().error).toMatchObject({ code: 'unsupported_parameter', message: 'no audio' });
  });
});

describe('leaving and slow readers', () => {
  test('a model that does not look at its signal is left alone', async () => {
    let cancelled = 0;
    const endless = new ReadableStream<LanguageModelV4StreamPart>({
      pull: async (controller) => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        controller.enqueue(text('a'));
      },
      cancel: () => void (cancelled += 1),
    });
    const { exchange, answer } = startSending(upstreamOf({ stream: () => endless }), {
      json: { ...HELLO, stream: true },
    });
    while (answer.text === '') await new Promise((resolve) => setTimeout(resolve, 1));
    exchange.abort();
    const soFar = answer.text;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(answer).toMatchObject({ text: soFar, failure: null });
    expect(cancelled).toBe(1);
  });

  test('a paused exchange stops asking the model', async () => {
    let made = 0;
    const fast = new ReadableStream<LanguageModelV4StreamPart>({
      pull: (controller) => {
        made += 1;
        if (made > 10_000) {
          controller.enqueue(finish);
          controller.close();
        } else controller.enqueue(text('a'));
      },
    });
    const { exchange, answer, finished } = startSending(upstreamOf({ stream: () => fast }), {
      json: { ...HELLO, stream: true },
    });
    exchange.pause();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made).toBeLessThan(3);
    expect(answer.text).toBe('');
    exchange.resume();
    exchange.pause();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made).toBeLessThan(6);
    exchange.resume();
    const whole = await finished;
    expect(whole.events()).toHaveLength(10_000 + 3);
  });

  test('an exchange that was aborted at once never asks the model', async () => {
    let asked = 0;
    const { exchange } = startSending(
      upstreamOf({
        generate: async () => {
          asked += 1;
          return { ...WHOLE, content: [], warnings: [] };
        },
      }),
      { json: HELLO },
    );
    exchange.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(asked).toBe(0);
  });
});

describe('model objects of earlier AI SDKs', () => {
  test('get file parts as they know them; bare numbers and reasons are read', async () => {
    let prompt: unknown;
    const answer = await send(
      {
        specificationVersion: 'v2',
        generate: async (options: LanguageModelV4CallOptions) => {
          prompt = options.prompt;
          const usage = { inputTokens: 3, outputTokens: undefined } as unknown as typeof SOME_USAGE;
          const finishReason = 'length' as unknown as typeof WHOLE.finishReason;
          return { content: [{ type: 'text', text: 'a' }], finishReason, usage, warnings: [] };
        },
      },
      {
        ...HELLO,
        messages: [
          {
            role: 'user',
            content: [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AQI=' } }],
          },
        ],
      },
    );
    expect(prompt).toEqual([
      { role: 'user', content: [{ type: 'file', mediaType: 'image/png', data: 'AQI=' }] },
    ]);
    expect(answer.json()).toMatchObject({
      choices: [{ finish_reason: 'length' }],
      usage: { prompt_tokens: 3 },
    });
    expect(answer.json().usage).toEqual({ prompt_tokens: 3 });
  });

  test('have no reasoning to ask for', async () => {
    const answer = await send({ specificationVersion: 'v3' }, { ...HELLO, reasoning_effort: 'low' });
    expect(answer.json().error).toMatchObject({ param: 'reasoning_effort' });
  });
});

test.each([
  ['not JSON', 'nonsense'],
  ['an array', '[]'],
])('a body that is %s is refused', async (_name, body) => {
  const answer = await sendThrough(upstreamOf({}), { json: HELLO, body: Buffer.from(body) });
  expect(answer.status).toBe(400);
});

test('an address is not fetched for a client', async () => {
  const content = [{ type: 'image_url', image_url: { url: 'http://169.254.169.254/secret' } }];
  const answer = await send({}, { ...HELLO, messages: [{ role: 'user', content }] });
  expect(answer.status).toBe(400);
  expect(answer.json().error.message).toContain('does not fetch addresses');
});
