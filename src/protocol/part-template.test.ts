import { expect, test } from 'vitest';
import { seededRandom } from '../util/random.ts';
import { ChatStreamReader } from './chat-stream-reader.ts';
import { PartTemplate } from './part-template.ts';
import { ResponsesStreamReader } from './responses-stream-reader.ts';
import type { StreamReader } from './stream-reader.ts';

const chunk = (delta: object, more: object = {}): Buffer =>
  Buffer.from(
    `data: ${JSON.stringify({ id: 'c-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null }], ...more })}\n\n`,
  );
const delta = (text: string, number: number, obfuscation: string): Buffer =>
  Buffer.from(
    `event: response.output_text.delta\ndata: ${JSON.stringify({ type: 'response.output_text.delta', item_id: 'm', delta: text, sequence_number: number, obfuscation })}\n\n`,
  );

test('knows parts that differ in their texts and numbers alone', () => {
  const template = new PartTemplate();
  expect(template.fits(chunk({ content: 'a' }))).toBe(false);
  template.learn(chunk({ content: 'a' }, { obfuscation: 'xy' }));
  for (const content of [' longer', '\n', '"quoted"', 'ä東🐈', '\\', '\u0001'])
    expect(template.fits(chunk({ content }, { obfuscation: 'abcdef' }))).toBe(true);
  expect(template.fits(chunk({ content: '' }, { obfuscation: 'x' }))).toBe(false);
  expect(template.fits(chunk({ content: 'a' }))).toBe(false);
  expect(template.fits(chunk({ content: 'a', role: 'assistant' }, { obfuscation: 'x' }))).toBe(false);
  template.learn(delta('a', 4, 'xx'));
  expect(template.fits(delta('bc', 12345, 'y'))).toBe(true);
});

test.each([
  ['a bare quote', 'a"b'],
  ['a wrong escape', '\\x'],
  ['half a code point', '\\u00g0'],
  ['a control character', 'a\tb'],
  ['an escape at the end', '\\'],
])('does not take %s for a text', (_what, raw) => {
  const template = new PartTemplate();
  template.learn(chunk({ content: 'HERE' }));
  expect(template.fits(Buffer.from(chunk({ content: 'HERE' }).toString().replace('HERE', raw)))).toBe(false);
});

test.each<[string, () => StreamReader, Buffer]>([
  [
    'chat completions',
    () => new ChatStreamReader(1),
    chunk({ content: 'some \\" text' }, { obfuscation: 'abc', usage: null }),
  ],
  ['responses', () => new ResponsesStreamReader(), delta('some \\u00e4 text', 17, 'abc')],
])('what fits reads as it would without: %s, 20,000 changed parts', (_what, open, part) => {
  const random = seededRandom(11);
  const template = new PartTemplate();
  template.learn(part);
  const letters = Buffer.from('"\\{}[],:0123456789abunx \n\t\u0001\u00e4');
  let fitting = 0;
  for (let round = 0; round < 20_000; round++) {
    let changed = Buffer.from(part);
    for (let change = random.integer(3); change >= 0; change--) {
      const at = random.integer(changed.length);
      const letter = letters.subarray(random.integer(letters.length)).subarray(0, 1);
      const skipped = random.integer(3);
      changed = Buffer.concat([
        changed.subarray(0, at),
        ...(random.integer(2) === 0 ? [letter] : []),
        changed.subarray(at + skipped),
      ]);
    }
    if (!template.fits(changed)) continue;
    fitting++;
    expect(open().read(changed)).toBe('content');
  }
  expect(fitting).toBeGreaterThan(500);
});
