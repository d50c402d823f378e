import { describe, expect, test } from 'vitest';
import { type ConfigInput, configSchema } from '../schema/config.ts';
import { inputOfCall, type MappedCall } from './call-mapping.ts';
import type { Task } from './task.ts';

function taskWith(config: Partial<ConfigInput['tasks'][string]> = {}): Task {
  const parsed = configSchema.parse({ tasks: { topic: { kind: 'classify', data: 'x.jsonl', ...config } } });
  return { name: 'topic', config: parsed.tasks['topic']! };
}

const map = (...messages: { role: string; content: unknown }[]): MappedCall =>
  inputOfCall(taskWith(), { messages });

describe('input of a call', () => {
  test('is the text of the last user message', () => {
    const first = { role: 'user', content: 'first' };
    const last = { role: 'user', content: 'last' };
    expect(map({ role: 'system', content: 's' }, first, last, { role: 'assistant', content: 'a' })).toEqual({
      mapped: true,
      input: 'last',
    });
  });

  test('joins text parts with line breaks and keeps the text as it is', () => {
    const content = [
      { type: 'text', text: ' a\ud800 ' },
      { type: 'text', text: '' },
      { type: 'text', text: '\u0000b' },
    ];
    expect(map({ role: 'user', content })).toEqual({ mapped: true, input: ' a\ud800 \n\n\u0000b' });
    expect(map({ role: 'user', content: '' })).toEqual({ mapped: true, input: '' });
  });

  test.each<[string, unknown, string, string]>([
    [
      'an image',
      [{ type: 'image_url', image_url: { url: 'data:' } }],
      'messages[0].content[0]',
      '"image_url"',
    ],
    ['a part without type', [null], 'messages[0].content[0]', 'unknown'],
    ['a text part without text', [{ type: 'text' }], 'messages[0].content[0]', 'string `text`'],
    ['no parts', [], 'messages[0].content', 'no part'],
    ['no content', undefined, 'messages[0].content', 'expected a string'],
    ['a number', 7, 'messages[0].content', 'expected a string'],
  ])('says why %s does not map', (_what, content, param, reason) => {
    const mapped = map({ role: 'user', content });
    expect(mapped).toMatchObject({ mapped: false, param, isOurFault: false });
    expect(mapped).toHaveProperty('reason', expect.stringContaining(reason));
  });

  test('says that a user message is missing', () => {
    expect(map({ role: 'system', content: 'x' })).toMatchObject({ mapped: false, param: 'messages' });
  });

  test('is what the task’s own function makes of the request', () => {
    const task = taskWith({
      input: ({ messages, metadata }) => `${String(metadata)}: ${String(messages[0]?.content)}`,
    });
    const request = { messages: [{ role: 'system', content: 'hello' }], metadata: 'm' };
    expect(inputOfCall(task, request)).toEqual({ mapped: true, input: 'm: hello' });
  });

  test('tells a request that the function rejects from a function that fails', () => {
    const request = { messages: [{ role: 'user', content: 'x' }] };
    expect(inputOfCall(taskWith({ input: () => null }), request)).toMatchObject({ isOurFault: false });
    const failing = (): string => {
      throw new TypeError('no such thing');
    };
    expect(inputOfCall(taskWith({ input: failing }), request)).toMatchObject({
      isOurFault: true,
      reason: 'the `input` function of the task "topic" failed: no such thing',
    });
    const wrong = (() => 7) as unknown as () => string;
    expect(inputOfCall(taskWith({ input: wrong }), request)).toMatchObject({ isOurFault: true });
  });
});
