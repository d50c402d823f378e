import { describe, expect, test } from 'vitest';
import { answerShapeOf } from './answer-shape.ts';

const context = { taskName: 'topic', labels: ['food', 'a "tool"'] };

/** The content for the label `a "tool"`, or the refusal. */
function contentFor(responseFormat: unknown, probability: number | null = 0.75): string | null {
  const result = answerShapeOf(responseFormat, context);
  if ('refusal' in result) return `${result.param}: ${result.refusal}`;
  const parts = result.shape.write('a "tool"', probability);
  return parts === null ? null : parts.before + parts.label + parts.after;
}

function schemaFormat(schema: unknown): unknown {
  return { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } };
}

const string = { type: 'string' };
const object = (properties: object, required = Object.keys(properties)): object => ({
  type: 'object',
  properties,
  required,
});

describe('answer shape', () => {
  test.each([undefined, null, { type: 'text' }])('is the bare label for %j', (format) => {
    expect(contentFor(format)).toBe('a "tool"');
  });

  test('is {"label"} for json_object', () => {
    expect(contentFor({ type: 'json_object' })).toBe('{"label":"a \\"tool\\""}');
  });

  test.each<[string, object, object]>([
    ['the one string property', object({ kind: string }), { kind: 'a "tool"' }],
    [
      'a property named label among others',
      object({ why: string, label: string }, ['label']),
      { label: 'a "tool"' },
    ],
    [
      'a property named for the task',
      object({ note: string, topic: string }, ['topic']),
      { topic: 'a "tool"' },
    ],
    ['an enum', object({ kind: { enum: ['food', 'a "tool"', 'more'] } }), { kind: 'a "tool"' }],
    [
      'a nullable enum',
      object({ kind: { anyOf: [{ enum: ['food', 'a "tool"'] }, { type: 'null' }] } }),
      { kind: 'a "tool"' },
    ],
    [
      'a reference, as Pydantic writes enums',
      {
        ...object({ kind: { $ref: '#/$defs/Kind' } }),
        $defs: { Kind: { type: 'string', enum: ['food', 'a "tool"'] } },
      },
      { kind: 'a "tool"' },
    ],
    [
      'an only branch of allOf',
      { ...object({ kind: { allOf: [{ $ref: '#/definitions/a~1b' }] } }), definitions: { 'a/b': string } },
      { kind: 'a "tool"' },
    ],
    [
      'a probability',
      object({ confidence: { type: 'number' }, kind: string }),
      { confidence: 0.75, kind: 'a "tool"' },
    ],
    [
      'nullable properties it cannot fill',
      object({ kind: string, count: { type: ['integer', 'null'] } }),
      { kind: 'a "tool"', count: null },
    ],
    [
      'no optional property it cannot fill',
      object({ kind: string, count: { type: 'integer' } }, ['kind']),
      { kind: 'a "tool"' },
    ],
  ])('fills %s', (_what, schema, expected) => {
    expect(JSON.parse(contentFor(schemaFormat(schema))!)).toEqual(expected);
  });

  test('treats an unknown probability as unknown', () => {
    const probability = { type: 'number' };
    expect(contentFor(schemaFormat(object({ kind: string, score: probability })), null)).toBeNull();
    expect(contentFor(schemaFormat(object({ kind: string, score: probability }, ['kind'])), null)).toBe(
      '{"kind":"a \\"tool\\""}',
    );
    const nullable = { anyOf: [probability, { type: 'null' }] };
    expect(contentFor(schemaFormat(object({ score: nullable, kind: string })), null)).toBe(
      '{"score":null,"kind":"a \\"tool\\""}',
    );
  });

  test.each<[string, unknown, string]>([
    ['a format that is no object', 'json', 'response_format: expected an object'],
    ['an unknown type', { type: 'xml' }, 'response_format.type: expected "text"'],
    ['a missing schema', { type: 'json_schema' }, 'expected a JSON schema'],
    ['a schema of no object', schemaFormat(string), 'expected a schema of an object'],
    ['no string property', schemaFormat(object({ n: { type: 'number' } })), 'one string property'],
    [
      'several string properties of no known name',
      schemaFormat(object({ a: string, b: string })),
      'one string property',
    ],
    ['an enum that lacks a label', schemaFormat(object({ kind: { enum: ['food'] } })), 'lack "a \\"tool\\""'],
    [
      'a required property it cannot fill',
      schemaFormat(object({ kind: string, n: { type: 'array' } })),
      'required property "n"',
    ],
    ['a reference to itself', schemaFormat({ $ref: '#' }), 'expected a schema of an object'],
    ['a reference to nowhere', schemaFormat(object({ kind: { $ref: 'http://x' } })), 'one string property'],
  ])('refuses %s', (_what, format, message) => {
    expect(contentFor(format)).toContain(message);
  });
});
