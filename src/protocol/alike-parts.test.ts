import { expect, test } from 'vitest';
import { AlikeParts } from './alike-parts.ts';

const head = '{"id":"c1","model":"m","choices":[{"index":1,"delta":{"content":"';
const tail = '"},"logprobs":null,"finish_reason":null}],"usage":null';
const part = (content: string, end = '}'): string => `${head}${content}${tail}${end}`;

function learned(data: string): AlikeParts {
  const alike = new AlikeParts();
  alike.learn(data, JSON.parse(data) as Record<string, unknown>);
  return alike;
}

test('a part like the last one gives its text without being parsed', () => {
  const alike = learned(part('Hel'));
  expect(alike.textOf(part('lo'))).toEqual({ choice: 1, text: 'lo' });
  expect(alike.textOf(part('ß 🎉'))).toEqual({ choice: 1, text: 'ß 🎉' });
});

test('padding may differ, or be there or not', () => {
  const alike = learned(part('Hel', ',"obfuscation":"x7"}'));
  expect(alike.textOf(part('lo', ',"obfuscation":"abc"}'))).toEqual({ choice: 1, text: 'lo' });
  expect(alike.textOf(part('lo'))).toEqual({ choice: 1, text: 'lo' });
});

test.each([
  ['an escape in the text', part(String.raw`a\nb`)],
  ['a quote in the text', part(String.raw`a\"b`)],
  ['another id', part('lo').replace('c1', 'c2')],
  ['another choice', part('lo').replace('"index":1', '"index":0')],
  ['a finish reason', part('lo').replace('"finish_reason":null', '"finish_reason":"stop"')],
  ['usage', part('lo').replace('"usage":null', '"usage":{}')],
  ['one more field', part('lo', ',"x":1}')],
  ['cut', part('lo').slice(0, -3)],
  ['cut in the text', `${head}lo`],
])('%s must be parsed', (_name, data) => expect(learned(part('Hel')).textOf(data)).toBeNull());

test.each([
  ['with a role', part('Hel').replace('"content"', '"role":"assistant","content"')],
  ['with another text', part('Hel').replace('"content"', '"reasoning":"x","content"')],
  ['with a log-probability', part('Hel').replace('"logprobs":null', '"logprobs":{"content":[]}')],
  ['with a finish reason', part('Hel').replace('"finish_reason":null', '"finish_reason":"stop"')],
  ['with an escape', part(String.raw`a\nb`)],
  ['with content elsewhere, too', part('Hel', ',"x":{"content":"Hel"}}')],
  ['of two choices', part('Hel').replace('}],', '},{"index":2}],')],
  ['without choices', '{"choices":[]}'],
])('a part %s teaches nothing', (_name, data) => {
  const alike = learned(data);
  expect(alike.textOf(data)).toBeNull();
});
