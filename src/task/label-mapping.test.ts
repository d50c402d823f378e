import { describe, expect, test } from 'vitest';
import type { AssistantMessage, ChatAnswer, ChatRequest } from '../schema/call-mapping.ts';
import { type ConfigInput, configSchema } from '../schema/config.ts';
import { answerShapeOf } from './answer-shape.ts';
import { labelOfAnswer, labelOfGivenOutput, messageOfLabel } from './label-mapping.ts';
import type { Task } from './task.ts';

function taskWith(config: Partial<ConfigInput['tasks'][string]> = {}): Task {
  const parsed = configSchema.parse({ tasks: { topic: { kind: 'classify', data: 'x.jsonl', ...config } } });
  return { name: 'topic', config: parsed.tasks['topic']! };
}

const messages = [{ role: 'user', content: 'x' }];
const plain: ChatRequest = { messages };
const asking = (schema: unknown): ChatRequest => ({
  messages,
  response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
});
const string = { type: 'string' };
const object = (properties: Record<string, unknown>): object => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
});
const answer = (message: AssistantMessage, finish_reason = 'stop'): ChatAnswer => ({
  choices: [{ message, finish_reason }],
});

/** The label in an answer with this text, or why there is none. */
function read(content: string | null, request = plain, task = taskWith()): string {
  const found = labelOfAnswer(task, request, answer({ content }));
  return found.mapped ? found.label : `! ${found.reason}`;
}

describe('the label of an answer', () => {
  test('is its text, trimmed', () => {
    expect(read(' food\n')).toBe('food');
    expect(read(null)).toBe('! the answer has no text');
    expect(read('  ')).toBe('! the label is empty');
  });

  const schemas: [string, object][] = [
    ['the only string property', object({ kind: string })],
    ['a property named for the task', object({ note: { type: ['string', 'null'] }, topic: string })],
    [
      'an enum beside other text',
      object({ reason: { type: ['string', 'null'] }, team: { enum: ['food', 'a "tool"'] } }),
    ],
    [
      'an enum beside a weaker name',
      object({ name: { type: ['string', 'null'] }, team: { enum: ['food', 'a "tool"'] } }),
    ],
    [
      'a reference',
      { ...object({ kind: { $ref: '#/$defs/Kind' } }), $defs: { Kind: { enum: ['food', 'a "tool"'] } } },
    ],
  ];

  test.each(schemas)('is what an own model would have written: %s', (_what, schema) => {
    const request = asking(schema);
    const shaped = answerShapeOf(request['response_format'], {
      taskName: 'topic',
      labels: ['food', 'a "tool"'],
    });
    if ('refusal' in shaped) throw new Error(shaped.refusal);
    const { before, label, after } = shaped.shape.write('a "tool"', 0.5)!;
    expect(read(before + label + after, request)).toBe('a "tool"');
  });

  test('in JSON without a schema is the property that is called so, or the only text', () => {
    const request = { messages, response_format: { type: 'json_object' } };
    expect(read('{"label":"a","why":"b"}', request)).toBe('a');
    expect(read('{"team":"a","score":0.5}', request)).toBe('a');
    expect(read('{"team":"a","why":"b"}', request)).toMatch(/^! the answer is not in the form/u);
    expect(read('Sorry, I cannot', request)).toMatch(/^! the answer is not in the form/u);
  });

  test('of an answer that was cut is none', () => {
    const found = labelOfAnswer(taskWith(), plain, answer({ content: 'foo' }, 'length'));
    expect(found).toMatchObject({ mapped: false, isCut: true });
  });

  test('in a tool call needs the task’s own function', () => {
    const message = {
      content: null,
      tool_calls: [{ function: { name: 'route', arguments: '{"team":"a"}' } }],
    };
    expect(labelOfAnswer(taskWith(), plain, answer(message))).toMatchObject({
      reason: 'the answer calls a tool and has no text; `output.read` can read it',
    });
    const task = taskWith({
      output: {
        read: ({ choices }) => {
          const given = choices[0]?.message.tool_calls?.[0]?.function.arguments;
          return given === undefined ? null : (JSON.parse(given) as { team: string }).team;
        },
        write: (team) => ({
          tool_calls: [{ function: { name: 'route', arguments: JSON.stringify({ team }) } }],
        }),
      },
    });
    expect(labelOfAnswer(task, plain, answer(message))).toEqual({ mapped: true, label: 'a' });
    expect(labelOfAnswer(task, plain, answer(messageOfLabel(task, plain, 'b')!))).toEqual({
      mapped: true,
      label: 'b',
    });
    expect(labelOfAnswer(task, plain, answer({ content: 'a' }))).toMatchObject({ isOurFault: false });
  });

  test('tells a function that fails from one that finds nothing', () => {
    const write = (label: string): string => label;
    const failing = taskWith({
      output: {
        read: () => {
          throw new TypeError('no such thing');
        },
        write,
      },
    });
    expect(labelOfAnswer(failing, plain, answer({ content: 'a' }))).toMatchObject({
      isOurFault: true,
      reason: 'the `output.read` function of the task "topic" failed: no such thing',
    });
    const wrong = taskWith({ output: { read: (() => 7) as unknown as () => string, write } });
    expect(labelOfAnswer(wrong, plain, answer({ content: 'a' }))).toMatchObject({ isOurFault: true });
  });
});

describe('the label that was given instead', () => {
  const given = (output: unknown, request = plain, task = taskWith()): string => {
    const found = labelOfGivenOutput(task, request, output);
    return found.mapped ? found.label : `! ${found.reason}`;
  };

  test('is text as it is, or the answer in the form that was asked for', () => {
    expect(given(' food ')).toBe('food');
    expect(given(7)).toBe('7');
    expect(given({ label: 'food', why: 'x' })).toBe('food');
    const request = asking(object({ team: { enum: ['food'] }, why: string }));
    expect(given('food', request)).toBe('food');
    expect(given('{"team":"food","why":"x"}', request)).toBe('food');
    expect(given({ team: 'food', why: 'x' }, request)).toBe('food');
    expect(given(['food'])).toMatch(/^! /u);
    expect(given(null)).toMatch(/^! /u);
  });

  test('is read by the task’s own function where that finds one', () => {
    const task = taskWith({
      output: {
        read: ({ choices }) => /^team: (.*)$/u.exec(choices[0]?.message.content ?? '')?.[1] ?? null,
        write: (label) => `team: ${label}`,
      },
    });
    expect(given('team: food', plain, task)).toBe('food');
    expect(given('food', plain, task)).toBe('food');
    expect(given({ content: 'team: food' }, plain, task)).toBe('food');
  });
});

describe('the answer of a label', () => {
  test('is what the task’s own function makes of it', () => {
    const task = taskWith({
      output: { read: () => null, write: (label, { request }) => `${label} ${request.messages.length}` },
    });
    expect(messageOfLabel(task, plain, 'food')).toEqual({ content: 'food 1' });
    expect(messageOfLabel(taskWith(), plain, 'food')).toBeNull();
  });

  test('fails with the function’s name', () => {
    const failing = (write: () => string): Task => taskWith({ output: { read: () => null, write } });
    expect(() =>
      messageOfLabel(
        failing(() => ({}) as string),
        plain,
        'x',
      ),
    ).toThrow(/`output.write` function of the task "topic" gave neither/u);
    const task = failing(() => {
      throw new Error('no');
    });
    expect(() => messageOfLabel(task, plain, 'x')).toThrow(/failed: no/u);
  });
});
