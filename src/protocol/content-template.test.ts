import { expect, test } from 'vitest';
import { seededRandom } from '../util/random.ts';
import { ContentTemplate } from './content-template.ts';

const part = (content: string, more = ''): Buffer =>
  Buffer.from(
    `data: {"id":"c","choices":[{"index":0,"delta":{"content":${content}},"finish_reason":null}]${more}}\n\n`,
  );

function learned(event: Buffer): ContentTemplate {
  const template = new ContentTemplate();
  template.learn(event);
  return template;
}

test('knows parts that differ in their text alone', () => {
  const template = learned(part('" a"'));
  for (const text of [' b', ' a longer one', '東京 🐈', 'x'.repeat(1000)])
    expect(template.matches(part(JSON.stringify(text)))).toBe(true);
});

test.each([
  ['an empty text', part('""')],
  ['an escape', part('"\\n"')],
  ['an escaped quote', part('"\\""')],
  ['a text that is cut', Buffer.from(String(part('"a"')).replace('"a"', '"a'))],
  ['a control character', part('"\u0001"')],
  ['null', part('null')],
  ['something after the text', part('"a","role":"x"')],
  ['something after the choices', part('"a"', ',"usage":{}')],
  ['a finish reason', Buffer.from(String(part('"a"')).replace('null', '"stop"'))],
  ['another index', Buffer.from(String(part('"a"')).replace('"index":0', '"index":1'))],
  ['only the frame', Buffer.from(String(part('"a"')).replace('"a"', '"'))],
  ['a comment', Buffer.from(': hello\n\n')],
])('does not know %s', (_what, event) => {
  expect(learned(part('" a"')).matches(event)).toBe(false);
});

test.each([
  ['two texts', part('"a","audio":{"content":"b"}')],
  ['no text', part('null')],
  ['a text that is cut', Buffer.from('data: {"content":"a')],
])('learns nothing from %s', (_what, event) => {
  const template = learned(part('"a"'));
  template.learn(event);
  expect(template.matches(event)).toBe(false);
  expect(template.matches(part('"b"'))).toBe(false);
});

test('is not misled by a text that quotes a part', () => {
  const quoting = part(JSON.stringify(String(part('"a"'))));
  const template = learned(quoting);
  expect(template.matches(part('"b"'))).toBe(true);
  expect(template.matches(quoting)).toBe(false);
});

test('is not misled by a chunk that changes after the event', () => {
  const event = part('"a"');
  const template = learned(event);
  event.fill(0x20);
  expect(template.matches(part('"b"'))).toBe(true);
});

test('what it knows is what a parser finds in it, whatever bytes are changed', () => {
  const random = seededRandom(11);
  const original = part('" some words"');
  const template = learned(original);
  let known = 0;
  for (let round = 0; round < 20_000; round++) {
    const changed = Buffer.from(original);
    for (let change = random.integer(3); change >= 0; change--)
      changed[random.integer(changed.length)] = 0x20 + random.integer(0x5f);
    if (!template.matches(changed)) continue;
    known++;
    const chunk = JSON.parse(changed.toString().slice('data: '.length)) as {
      choices: { delta: { content: string } }[];
    };
    const { content } = chunk.choices[0]!.delta;
    expect(content).toHaveLength(' some words'.length);
    chunk.choices[0]!.delta.content = ' some words';
    expect(`data: ${JSON.stringify(chunk)}\n\n`).toBe(original.toString());
  }
  expect(known).toBeGreaterThan(100);
});
