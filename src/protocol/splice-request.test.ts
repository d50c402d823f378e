import { describe, expect, test } from 'vitest';
import { type Random, seededRandom } from '../util/random.ts';
import { objectSpans, textOf } from './json-spans.ts';
import { spliceRequest } from './splice-request.ts';

const splice = (body: string, changes: Parameters<typeof spliceRequest>[1]): string =>
  Buffer.from(spliceRequest(Buffer.from(body), changes)).toString();

describe('model', () => {
  test.each([
    ['{"model":"a"}', '{"model":"b"}'],
    [
      ' {\n "x" : [1, {"model": "in"}] ,\t"model" : "a" }\n',
      ' {\n "x" : [1, {"model": "in"}] ,\t"model" : "b" }\n',
    ],
    [
      '{"model":"a","m":"\\"model\\":\\"a\\"","model":"c"}',
      '{"model":"b","m":"\\"model\\":\\"a\\"","model":"b"}',
    ],
    ['{"mod\\u0065l":"a"}', '{"mod\\u0065l":"b"}'],
    ['{"a\\\\":1,"model":{"x":[]},"z":-1.5e+3}', '{"a\\\\":1,"model":"b","z":-1.5e+3}'],
    ['\ufeff{"model":"a"}', '\ufeff{"model":"b"}'],
  ])('is replaced wherever it stands in %s', (body, expected) => {
    expect(splice(body, { model: 'b' })).toBe(expected);
  });

  test('is left when it is the same, byte for byte', () => {
    const body = Buffer.from('{"model": "a"}');
    expect(spliceRequest(body, { model: 'a' })).toBe(body);
  });

  test('is written as JSON', () => {
    expect(splice('{"model":"a"}', { model: 'ä"\\\n' })).toBe('{"model":"ä\\"\\\\\\n"}');
  });
});

describe('stream_options.include_usage', () => {
  test.each([
    ['{}', '{"stream_options":{"include_usage":true}}'],
    ['{"a":1 }', '{"a":1 ,"stream_options":{"include_usage":true}}'],
    ['{"stream_options":null}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options": { } }', '{"stream_options": {"include_usage":true } }'],
    ['{"stream_options":{"x":1}}', '{"stream_options":{"include_usage":true,"x":1}}'],
    ['{"stream_options":{"include_usage": false}}', '{"stream_options":{"include_usage": true}}'],
    ['{"stream_options":{"include_usage":null,"x":{}}}', '{"stream_options":{"include_usage":true,"x":{}}}'],
    ['{"stream_options":{"include_usage":true}}', '{"stream_options":{"include_usage":true}}'],
    ['{"stream_options":"odd"}', '{"stream_options":"odd"}'],
  ])('is set in %s', (body, expected) => {
    expect(splice(body, { includeUsage: true })).toBe(expected);
  });
});

test('agrees with JSON.parse on 20,000 random objects', () => {
  const random = seededRandom(5);
  for (let round = 0; round < 20_000; round++) {
    const body = randomObject(random, 0);
    const value = JSON.parse(body) as Record<string, unknown>;
    const bytes = Buffer.from(body);
    const spans = objectSpans(bytes)!;
    expect(textOf(bytes, 0, spans.start).trim() + textOf(bytes, spans.end, bytes.length).trim()).toBe('');
    const read = Object.fromEntries(
      spans.members.map(({ key, valueStart, valueEnd }) => [
        key,
        JSON.parse(textOf(bytes, valueStart, valueEnd)),
      ]),
    );
    expect(read).toEqual(value);
    const changed = JSON.parse(splice(body, { model: 'new', includeUsage: true }));
    const options = value['stream_options'];
    const isObject = typeof options === 'object' && options !== null && !Array.isArray(options);
    const wanted = isObject || options === undefined || options === null;
    expect(changed).toEqual({
      ...value,
      ...('model' in value ? { model: 'new' } : {}),
      ...(wanted ? { stream_options: { ...(isObject ? options : {}), include_usage: true } } : {}),
    });
  }
});

test('never reads beyond a text that breaks off', () => {
  const random = seededRandom(6);
  for (let round = 0; round < 3000; round++) {
    const whole = Buffer.from(randomObject(random, 0).trim());
    const cut = whole.subarray(0, random.integer(whole.length));
    expect(objectSpans(cut)).toBeNull();
  }
});

/** Without the key `\\` alone, for which V8's parser takes `\"` when it has seen both. */
const KEYS = [
  'model',
  'stream_options',
  'include_usage',
  'mod\\u0065l',
  'a',
  '',
  'ключ',
  '\\"',
  'q\\\\',
  'x\\ny',
];

function randomObject(random: Random, depth: number): string {
  const count = random.integer(5);
  const members = Array.from({ length: count }, () => {
    const key = KEYS[random.integer(KEYS.length)]!;
    return `${space(random)}"${key}"${space(random)}:${space(random)}${randomValue(random, depth + 1)}${space(random)}`;
  });
  return `${space(random)}{${members.length === 0 ? space(random) : members.join(',')}}${space(random)}`;
}

function randomValue(random: Random, depth: number): string {
  const kind = random.integer(depth > 3 ? 5 : 7);
  switch (kind) {
    case 0:
      return ['true', 'false', 'null'][random.integer(3)]!;
    case 1:
      return ['0', '-1', '1.5e10', '12E-3', '-0.25'][random.integer(5)]!;
    case 2:
    case 3:
      return randomString(random, 12);
    case 4:
      return randomString(random, 200);
    case 5:
      return `[${Array.from({ length: random.integer(4) }, () => space(random) + randomValue(random, depth + 1)).join(',')}${space(random)}]`;
    default:
      return randomObject(random, depth).trim();
  }
}

const PIECES = [
  'a',
  ' ',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '\\"',
  '\\\\',
  '\\n',
  '\\u00e4',
  'ä',
  '東',
  '🐈',
  '\\\\\\"',
  'model',
  '\\/',
];

function randomString(random: Random, most: number): string {
  return `"${Array.from({ length: random.integer(most) }, () => PIECES[random.integer(PIECES.length)]).join('')}"`;
}

function space(random: Random): string {
  return random.integer(4) === 0 ? [' ', '\n', '\t', '\r\n ', '  '][random.integer(5)]! : '';
}
