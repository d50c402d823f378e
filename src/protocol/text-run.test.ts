import { expect, test } from 'vitest';
import { seededRandom } from '../util/random.ts';
import { ChatStreamMerger } from './merge-chat-stream.ts';
import type { JsonObject } from './merge-delta.ts';
import { mergeStream } from './merge-stream.ts';
import { TextRun } from './text-run.ts';

const part = (content: string, more: object = {}, choice: object = {}): JsonObject => ({
  id: 'c',
  created: 1,
  ...more,
  choices: [{ index: 0, delta: { content }, finish_reason: null, ...choice }],
});

function runAfter(first: JsonObject): TextRun {
  const run = new TextRun();
  run.begin(JSON.stringify(first), first);
  return run;
}

test('reads the text of parts that go on', () => {
  const run = runAfter(part('a'));
  for (const text of [' b', '', '東京 🐈', "it's"]) expect(run.textOf(JSON.stringify(part(text)))).toBe(text);
});

test('looks over padding, before and after the text', () => {
  const padded = (text: string, padding: string): JsonObject => ({
    ...part(text),
    obfuscation: padding,
    usage: null,
  });
  const run = runAfter(padded('a', 'xyz'));
  expect(run.textOf(JSON.stringify(padded('b', '')))).toBe('b');
  expect(run.textOf(JSON.stringify(padded('b', 'a long one')))).toBe('b');
  expect(run.textOf(JSON.stringify({ ...padded('b', 'x'), usage: {} }))).toBeNull();
  expect(run.textOf(JSON.stringify(part('b')))).toBeNull();
});

test.each([
  ['an escape', part('\n')],
  ['another id', part('b', { id: 'd' })],
  ['another index', part('b', {}, { index: 1 })],
  ['a finish reason', part('b', {}, { finish_reason: 'stop' })],
  ['more after it', { ...part('b'), usage: null }],
  ['no text', part('b', {}, { delta: { content: null } })],
])('is ended by %s', (_what, other) => {
  expect(runAfter(part('a')).textOf(JSON.stringify(other))).toBeNull();
});

test.each([
  ['two texts', part('a', {}, { delta: { content: 'a', reasoning: 'b' } })],
  ['log-probabilities', part('a', {}, { logprobs: { content: [] } })],
  ['a finish reason', part('a', {}, { finish_reason: 'stop' })],
  ['two choices', { choices: [part('a'), part('b')] }],
  ['no choices', { id: 'c' }],
  ['a text inside another', part('a', { other: { content: 'b' } })],
])('is not begun by %s', (_what, first) => {
  expect(runAfter(first).textOf(JSON.stringify(first))).toBeNull();
});

/** Parts as providers send them, and stranger ones. */
function randomPart(random: ReturnType<typeof seededRandom>): JsonObject {
  const text = ['a', ' b', '', '\n', '"', 'é🐈', '"content":"x"', '\\'][random.integer(8)]!;
  const delta = [
    { content: text },
    { content: text },
    { content: text },
    { role: 'assistant', content: text },
    { content: text, refusal: null },
    { content: text, reasoning_content: 'why' },
    { tool_calls: [{ index: 0, function: { arguments: text } }] },
    {},
  ][random.integer(8)]!;
  return {
    id: ['c', 'c', 'c', 'd'][random.integer(4)],
    ...(random.integer(4) === 0 ? { obfuscation: text } : {}),
    choices: [
      {
        index: [0, 0, 0, 1][random.integer(4)],
        delta,
        ...(random.integer(6) === 0 ? { logprobs: { content: [{ token: text }] } } : {}),
        finish_reason: [null, null, null, null, 'stop'][random.integer(5)],
      },
    ],
    ...(random.integer(5) === 0 ? { usage: random.integer(2) === 0 ? null : { total_tokens: 3 } } : {}),
  };
}

test('streams add up to the same with it as without it', () => {
  for (let seed = 0; seed < 500; seed++) {
    const random = seededRandom(seed);
    const kinds = Array.from({ length: 4 }, () => randomPart(random));
    const parts = Array.from({ length: 40 }, () => kinds[random.integer(1 + random.integer(4))]!);
    const plain = new ChatStreamMerger();
    for (const one of parts) plain.add(structuredClone(one));
    const body = parts.map((one) => `data: ${JSON.stringify(one)}\n\n`).join('');
    const { homegrown: _homegrown, ...answer } = mergeStream('chat-completions', Buffer.from(body)).answer;
    expect(answer).toEqual(plain.answer());
  }
});
