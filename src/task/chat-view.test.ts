import { describe, expect, test } from 'vitest';
import { chatAnswerOf, chatRequestOf } from './chat-view.ts';

describe('a request as a chat request', () => {
  test('of chat completions is itself', () => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'x' }] };
    expect(chatRequestOf('chat-completions', body)).toBe(body);
    expect(chatRequestOf('chat-completions', { messages: ['x'] })).toBeNull();
    expect(chatRequestOf('chat-completions', null)).toBeNull();
  });

  test('of responses has its turns and its format', () => {
    const schema = { type: 'object' };
    const view = chatRequestOf('responses', {
      model: 'm',
      instructions: 'be brief',
      input: [
        { role: 'user', content: 'first' },
        { type: 'function_call_output', call_id: 'c', output: 'o' },
        {
          type: 'message',
          role: 'user',
          content: [{ type: 'input_text', text: 'last' }, { type: 'input_image' }],
        },
      ],
      text: { format: { type: 'json_schema', name: 'answer', schema } },
    });
    expect(view).toMatchObject({
      model: 'm',
      messages: [
        { role: 'system', content: 'be brief' },
        { role: 'user', content: 'first' },
        { role: 'user', content: [{ type: 'text', text: 'last' }, { type: 'input_image' }] },
      ],
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema } },
    });
    expect(chatRequestOf('responses', { input: 'hello' })?.messages).toEqual([
      { role: 'user', content: 'hello' },
    ]);
    expect(chatRequestOf('responses', { previous_response_id: 'r' })).toBeNull();
  });

  test('of predict is its one input', () => {
    expect(chatRequestOf('predict', { input: 'a' })?.messages).toEqual([{ role: 'user', content: 'a' }]);
    expect(chatRequestOf('predict', { inputs: ['a'] })?.messages).toEqual([{ role: 'user', content: 'a' }]);
    expect(chatRequestOf('predict', { inputs: ['a', 'b'] })).toBeNull();
    expect(chatRequestOf('embeddings', { input: 'a' })).toBeNull();
  });
});

describe('an answer as a chat completion', () => {
  test('of responses has text and calls', () => {
    const body = {
      status: 'completed',
      output: [
        { type: 'reasoning', summary: [] },
        {
          type: 'message',
          content: [
            { type: 'output_text', text: 'fo' },
            { type: 'output_text', text: 'od' },
          ],
        },
        { type: 'function_call', call_id: 'c', name: 'route', arguments: '{}' },
      ],
    };
    expect(chatAnswerOf('responses', body)?.choices).toEqual([
      {
        finish_reason: 'stop',
        message: {
          content: 'food',
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'route', arguments: '{}' } }],
        },
      },
    ]);
    const cut = chatAnswerOf('responses', { ...body, status: 'incomplete' });
    expect(cut?.choices[0]?.finish_reason).toBe('length');
  });

  test('of predict is its label', () => {
    expect(chatAnswerOf('predict', { predictions: [{ label: 'a' }] })?.choices[0]?.message.content).toBe('a');
    expect(chatAnswerOf('predict', { predictions: [{ label: 'a' }, { label: 'b' }] })).toBeNull();
  });

  test('of something else is none', () => {
    expect(chatAnswerOf('chat-completions', { error: {} })).toBeNull();
    expect(chatAnswerOf('responses', [])).toBeNull();
  });
});
