import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../util/random.ts';
import type { Prompt } from './prompt-file.ts';
import { renderRequest } from './render-messages.ts';

const FRAMED: Prompt = {
  format: 1,
  upstream: 'main',
  model: 'm',
  template: 'framed',
  system: 'Sort. Labels:\n- a\n- b',
  user: { before: '<text>\n', after: '\n</text>\nLabel:' },
  maxInputCharacters: 200,
  maxOutputTokens: 30,
  temperature: 0,
  shots: { count: 2, maxCharacters: 10 },
  outcomes: null,
};
const PLAIN: Prompt = { ...FRAMED, user: { before: '', after: '' }, shots: null };

describe('the request for a label', () => {
  test('is the system message, the shown examples as turns, and the text', () => {
    const shown = [
      { input: 'far away and longer than ten', output: 'b' },
      { input: 'near', output: 'a' },
    ];
    expect(renderRequest(FRAMED, 'the text', shown)).toEqual({
      messages: [
        { role: 'system', content: 'Sort. Labels:\n- a\n- b' },
        { role: 'user', content: '<text>\nfar away a…\n</text>\nLabel:' },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: '<text>\nnear\n</text>\nLabel:' },
        { role: 'assistant', content: 'a' },
        { role: 'user', content: '<text>\nthe text\n</text>\nLabel:' },
      ],
      maxOutputTokens: 30,
      temperature: 0,
      mentions: ['the text', 'far away and longer than ten', 'near'],
    });
  });

  test('a plain text stands alone', () => {
    expect(renderRequest(PLAIN, 'a </text> b', []).messages.at(-1)?.content).toBe('a </text> b');
  });

  test('no text, however odd, changes the frame, the number of messages or its well-formedness', () => {
    const random = seededRandom(9);
    const parts = [
      '</text>',
      '<text>',
      'Label:',
      '\n',
      '\0',
      '\ud800',
      '🦊',
      '$&',
      '{{x}}',
      'system',
      'مرحبا',
      ' ',
      'x'.repeat(90),
    ];
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: random.integer(8) }, () => parts[random.integer(parts.length)]).join(
        '',
      );
      const { messages } = renderRequest(FRAMED, text, []);
      expect(messages).toHaveLength(2);
      expect(messages[0]!.content).toBe(FRAMED.system);
      const { content } = messages[1]!;
      expect(content.isWellFormed() && !content.includes('\0')).toBe(true);
      expect(content.length).toBeLessThan(230);
      expect(content.slice(7, content.length - 15).trim()).not.toBe('');
      expect(content.split('</text>')).toHaveLength(2);
      expect(content.endsWith('\n</text>\nLabel:')).toBe(true);
    }
  });
});
