import { describe, expect, test } from 'vitest';
import { readPlainAnswer } from './plain-answer.ts';
import type { StreamPart, StreamReader } from './stream-reader.ts';
import { streamReaderFor } from './stream-reader-for.ts';
import { tokenCountsOf } from './token-counts.ts';

const read = (reader: StreamReader, ...parts: unknown[]): StreamPart[] =>
  parts.map((part) =>
    reader.read(Buffer.from(`data: ${typeof part === 'string' ? part : JSON.stringify(part)}\n\n`)),
  );

const chat = (request: object = {}): StreamReader => streamReaderFor('chat-completions', { ...request })!;
const choice = (delta: unknown, finish_reason: string | null = null, index = 0): object => ({
  id: 'chatcmpl-1',
  choices: [{ index, delta, finish_reason }],
});

describe('a stream of chat completions', () => {
  test('is told apart part by part', () => {
    const reader = chat();
    expect(
      read(
        reader,
        choice({ role: 'assistant', content: '' }),
        choice({ content: 'a' }),
        choice({ content: '' }),
        choice({}, 'stop'),
        { choices: [], usage: { prompt_tokens: 3, completion_tokens: 2 } },
        '[DONE]',
      ),
    ).toEqual(['preamble', 'content', 'preamble', 'finish', 'usage', 'done']);
    expect(reader).toMatchObject({ isFinished: true, responseId: 'chatcmpl-1' });
    expect(reader.tokens).toMatchObject({ input: 3, output: 2, cachedInput: null });
  });

  test.each<[string, object]>([
    ['a refusal', { refusal: 'no' }],
    ['reasoning', { reasoning_content: 'hm' }],
    ['a tool call', { tool_calls: [{ index: 0, function: { name: 'f', arguments: '' } }] }],
    ['an old function call', { function_call: { name: 'f' } }],
    ['sound', { audio: { id: 'x' } }],
  ])('takes %s for content', (_what, delta) => {
    expect(read(chat(), choice({ role: 'assistant', content: null, ...delta }))).toEqual(['content']);
  });

  test('is finished when all its answers are', () => {
    const two = chat({ n: 2 });
    read(two, choice({ content: 'a' }), choice({}, 'stop'));
    expect(two.isFinished).toBe(false);
    read(two, choice({}, 'length', 1));
    expect(two.isFinished).toBe(true);
    const more = chat();
    read(more, choice({ content: 'a' }), choice({ content: 'b' }, null, 1), choice({}, 'stop'));
    expect(more.isFinished).toBe(false);
  });

  test.each<[string, unknown, StreamPart]>([
    ['no JSON', '{"choices": [{"del', 'malformed'],
    ['no object', '7', 'malformed'],
    ['choices of another type', { choices: 7 }, 'malformed'],
    ['a choice of another type', { choices: [7] }, 'malformed'],
    ['an error', { error: { message: 'm', code: 'c' } }, 'error'],
    ['an error beside choices', { error: { code: 502 }, choices: [{ finish_reason: 'error' }] }, 'error'],
    ['an error that is a text', { error: 'overloaded' }, 'error'],
    ['no error', { error: null, choices: [] }, 'preamble'],
    ['what filtered the prompt', { choices: [], prompt_filter_results: [] }, 'preamble'],
  ])('takes %s for what it is', (_what, part, expected) => {
    expect(read(chat(), part)).toEqual([expected]);
  });

  test('tells an error in words that its clients do not know', () => {
    const reader = chat();
    expect(
      reader.read(Buffer.from('event: error\ndata: {"message":"m","type":"overloaded_error"}\n\n')),
    ).toBe('error');
    expect(reader.errorIsPlain).toBe(false);
    expect(reader.error).toEqual({ message: 'm', code: null, type: 'overloaded_error', status: 503 });
  });
});

describe('a stream of a response', () => {
  test('is told apart part by part', () => {
    const reader = streamReaderFor('responses', {})!;
    expect(
      read(
        reader,
        { type: 'response.created', response: { id: 'resp_1', usage: null } },
        { type: 'response.output_item.added' },
        { type: 'response.output_text.delta', delta: 'a' },
        {
          type: 'response.completed',
          response: { id: 'resp_1', usage: { input_tokens: 4, output_tokens: 1 } },
        },
      ),
    ).toEqual(['preamble', 'preamble', 'content', 'done']);
    expect(reader).toMatchObject({ isFinished: true, responseId: 'resp_1', tokens: { input: 4, output: 1 } });
  });

  test.each<[string, object, StreamPart]>([
    [
      'a failed response',
      { type: 'response.failed', response: { error: { code: 'server_error' } } },
      'error',
    ],
    ['an error', { type: 'error', code: 'rate_limit_exceeded', message: 'm' }, 'error'],
    ['an incomplete response', { type: 'response.incomplete', response: {} }, 'done'],
    ['something without a type', { delta: 'x' }, 'malformed'],
  ])('takes %s for what it is', (_what, part, expected) => {
    expect(read(streamReaderFor('responses', {})!, part)).toEqual([expected]);
  });
});

describe('a plain answer', () => {
  const plain = (
    body: unknown,
    endpoint: Parameters<typeof readPlainAnswer>[0] = 'chat-completions',
  ): unknown =>
    readPlainAnswer(endpoint, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)));

  test('tells its id and its tokens', () => {
    const usage = {
      prompt_tokens: 10,
      completion_tokens: 5,
      prompt_tokens_details: { cached_tokens: 8, audio_tokens: 1 },
      completion_tokens_details: { reasoning_tokens: 3 },
    };
    expect(plain({ id: 'x', choices: [], usage })).toEqual({
      kind: 'good',
      responseId: 'x',
      tokens: { input: 10, cachedInput: 8, audioInput: 1, output: 5, reasoning: 3, audioOutput: null },
    });
  });

  test('of a megabyte is looked over as well', () => {
    const data = [{ embedding: Array.from({ length: 200_000 }, (_, index) => index / 7) }];
    const whole = JSON.stringify({ object: 'list', data, usage: { prompt_tokens: 2 } });
    expect(plain(whole, 'embeddings')).toMatchObject({ kind: 'good', tokens: { input: 2 } });
    expect(plain(whole.slice(0, -1), 'embeddings')).toMatchObject({ kind: 'malformed' });
    expect(plain(`${whole}x`, 'embeddings')).toMatchObject({ kind: 'malformed' });
    expect(plain(`{"error":{"code":"c"},${whole.slice(1)}`, 'embeddings')).toMatchObject({ kind: 'error' });
  });

  test.each([
    ['', 'malformed'],
    ['[]', 'malformed'],
    ['{"choices":[', 'malformed'],
    ['<html>', 'malformed'],
    ['{}', 'malformed'],
    ['{"error":{"message":"m"}}', 'error'],
    ['{"error":null,"choices":[]}', 'good'],
  ])('%j is %s', (body, kind) => {
    expect(plain(body)).toMatchObject({ kind });
  });
});

test('usage that is none is unknown', () => {
  expect(tokenCountsOf(null)).toBeNull();
  expect(tokenCountsOf({ prompt_tokens: -1, completion_tokens: 1.5 })).toMatchObject({
    input: null,
    output: null,
  });
});
