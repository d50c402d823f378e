import { describe, expect, test } from 'vitest';
import { seededRandom } from '../util/random.ts';
import type { JsonObject } from './merge-delta.ts';
import { mergeStream } from './merge-stream.ts';

const encoder = new TextEncoder();

/** A stream of these objects, ended as OpenAI ends it. */
function chatStream(chunks: readonly object[], end = 'data: [DONE]\n\n'): Uint8Array {
  return encoder.encode(chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('') + end);
}

function responseStream(events: readonly { type: string }[]): Uint8Array {
  return encoder.encode(
    events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join(''),
  );
}

const head = {
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  service_tier: 'default',
  system_fingerprint: 'fp_1',
};
const chunk = (delta: object, more: object = {}, rest: object = {}): object => ({
  ...head,
  choices: [{ index: 0, delta, logprobs: null, finish_reason: null, ...more }],
  usage: null,
  obfuscation: 'x8k2',
  ...rest,
});
const whole = { ...head, object: 'chat.completion' };

describe('chat completions', () => {
  test('text, refusal and usage', () => {
    const stream = chatStream([
      chunk({ role: 'assistant', content: '', refusal: null }),
      chunk({ content: 'Grüß' }),
      chunk({ content: ' Gott 🎉' }),
      chunk({}, { finish_reason: 'stop' }),
      { ...head, choices: [], usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 } },
    ]);
    expect(mergeStream('chat-completions', stream)).toEqual({
      missing: null,
      answer: {
        ...whole,
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: 'Grüß Gott 🎉', refusal: null },
            logprobs: null,
            finish_reason: 'stop',
          },
        ],
        usage: { prompt_tokens: 9, completion_tokens: 3, total_tokens: 12 },
      },
    });
  });

  test('several choices, tool calls side by side, and one that is refused', () => {
    const tool = (index: number, more: object): object => chunk({ tool_calls: [{ index, ...more }] });
    const { answer } = mergeStream(
      'chat-completions',
      chatStream([
        chunk({ role: 'assistant', content: null }),
        tool(0, { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } }),
        tool(1, { id: 'call_b', type: 'function', function: { name: 'time', arguments: '{"z' } }),
        tool(0, { function: { arguments: '{"city":"Be' } }),
        tool(1, { function: { arguments: 'one":1}' } }),
        // Some servers say the name and the id with every part.
        tool(0, { id: 'call_a', type: 'function', function: { name: 'weather', arguments: 'rn"}' } }),
        {
          ...head,
          choices: [{ index: 1, delta: { role: 'assistant', refusal: 'I can' }, finish_reason: null }],
        },
        { ...head, choices: [{ index: 1, delta: { refusal: 'not.' }, finish_reason: 'stop' }] },
        chunk({}, { finish_reason: 'tool_calls' }),
      ]),
    );
    expect(answer['choices']).toEqual([
      {
        index: 0,
        message: {
          role: 'assistant',
          content: null,
          tool_calls: [
            { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Bern"}' } },
            { id: 'call_b', type: 'function', function: { name: 'time', arguments: '{"zone":1}' } },
          ],
        },
        logprobs: null,
        finish_reason: 'tool_calls',
      },
      {
        index: 1,
        message: { role: 'assistant', content: null, refusal: 'I cannot.' },
        finish_reason: 'stop',
      },
    ]);
  });

  test('log-probs, reasoning, unknown fields of the message, the choice and the answer', () => {
    const token = (text: string): object => ({ token: text, logprob: -0.1, bytes: [1], top_logprobs: [] });
    const { answer } = mergeStream(
      'chat-completions',
      chatStream([
        { ...head, id: '', model: '', choices: [], prompt_filter_results: [{ prompt_index: 0 }] },
        chunk({ role: 'assistant', reasoning_content: 'Let me ' }),
        chunk({ reasoning_content: 'see.', reasoning_details: [{ index: 0, type: 'text', text: 'a' }] }),
        chunk({ content: 'Ye', reasoning_details: [{ index: 0, type: 'text', text: 'b', signature: 's' }] }),
        chunk({ content: 's' }, { logprobs: { content: [token('Ye')], refusal: null } }),
        chunk({}, { logprobs: { content: [token('s')], refusal: null }, seen: { safe: true } }),
        chunk({}, { finish_reason: 'stop', seen: { level: 2 } }, { x_groq: { id: 'req_1' } }),
      ]),
    );
    expect(answer).toEqual({
      ...whole,
      usage: null,
      prompt_filter_results: [{ prompt_index: 0 }],
      x_groq: { id: 'req_1' },
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'Yes',
            reasoning_content: 'Let me see.',
            reasoning_details: [{ index: 0, type: 'text', text: 'ab', signature: 's' }],
          },
          logprobs: { content: [token('Ye'), token('s')], refusal: null },
          finish_reason: 'stop',
          seen: { safe: true, level: 2 },
        },
      ],
    });
  });

  test('sound whose parts are base64 of their own', () => {
    const part = (text: string): string => Buffer.from(text).toString('base64');
    const { answer } = mergeStream(
      'chat-completions',
      chatStream([
        chunk({ role: 'assistant', audio: { id: 'audio_1', transcript: 'Hel' } }),
        chunk({ audio: { data: part('abcd'), transcript: 'lo' } }),
        chunk({ audio: { data: part('e') } }),
        chunk({ audio: { expires_at: 1_700_000_100 } }, { finish_reason: 'stop' }),
      ]),
    );
    const [{ message }] = answer['choices'] as [{ message: JsonObject }];
    expect(message['audio']).toEqual({
      id: 'audio_1',
      transcript: 'Hello',
      data: part('abcde'),
      expires_at: 1_700_000_100,
    });
  });

  test('a function call of the old kind, and a server that sends the message whole', () => {
    const old = chatStream([
      chunk({ role: 'assistant', content: null, function_call: { name: 'f', arguments: '{"a"' } }),
      chunk({ function_call: { arguments: ':1}' } }, { finish_reason: 'function_call' }),
    ]);
    expect(mergeStream('chat-completions', old).answer['choices']).toMatchObject([
      { message: { function_call: { name: 'f', arguments: '{"a":1}' } } },
    ]);
    const message = { role: 'assistant', content: 'all of it' };
    const atOnce = chatStream([{ ...head, choices: [{ index: 0, message, finish_reason: 'stop' }] }]);
    expect(mergeStream('chat-completions', atOnce)).toMatchObject({
      missing: null,
      answer: { choices: [{ message }] },
    });
  });

  test('any answer cut into parts is that answer again', () => {
    const random = seededRandom(7);
    for (let round = 0; round < 300; round++) {
      const { answer, chunks } = randomAnswer(random);
      expect(mergeStream('chat-completions', chatStream(chunks))).toEqual({ missing: null, answer });
    }
  });

  test('a key named __proto__ stays a key', () => {
    const body = encoder.encode(
      'data: {"choices":[{"index":0,"delta":{"__proto__":{"admin":true},"content":"a"},"finish_reason":"stop"}],"__proto__":{"b":1}}\n\n',
    );
    const { answer } = mergeStream('chat-completions', body);
    expect(JSON.stringify(answer)).toContain('"__proto__":{"admin":true}');
    expect((answer as { b?: unknown }).b).toBeUndefined();
  });
});

describe('a stream that is not whole gives what there is, marked', () => {
  const start = [chunk({ role: 'assistant', content: 'The answ' })];
  test.each([
    ['cut between parts', chatStream(start, ''), 'the stream ended before its finish reason'],
    [
      'cut in a part',
      chatStream(start, 'data: {"choices":[{"ind'),
      'the stream ended before its finish reason',
    ],
    ['[DONE] without a finish reason', chatStream(start), 'the stream ended before its finish reason'],
    [
      'an error part',
      chatStream([...start, { error: { message: 'overloaded', code: 'x' } }], ''),
      'the stream ended with an error',
    ],
  ])('%s', (_name, stream, why) => {
    const { answer, missing } = mergeStream('chat-completions', stream);
    expect(missing).toBe(why);
    expect(answer).toMatchObject({
      homegrown: { partial: why },
      choices: [{ message: { content: 'The answ' }, finish_reason: null }],
    });
  });

  test('an unreadable part amid good ones', () => {
    const body = `data: ${JSON.stringify(start[0])}\n\ndata: {"choices": oops}\n\ndata: ${JSON.stringify(chunk({}, { finish_reason: 'stop' }))}\n\n`;
    const { answer, missing } = mergeStream('chat-completions', encoder.encode(body));
    expect(missing).toBe('1 unreadable parts in the stream');
    expect(answer).toMatchObject({ choices: [{ message: { content: 'The answ' }, finish_reason: 'stop' }] });
  });

  test.each([
    ['nothing', ''],
    ['a page', '<html>\n<body>no</body>\n</html>'],
    ['[DONE] alone', 'data: [DONE]\n\n'],
    ['lists and texts', 'data: []\n\ndata: "x"\n\ndata: 3\n\n'],
  ])('%s instead of a stream', (_name, body) => {
    for (const endpoint of ['chat-completions', 'responses'] as const) {
      const { missing } = mergeStream(endpoint, encoder.encode(body));
      expect(missing).toMatch(/^the stream ended before its/);
    }
  });
});

describe('responses', () => {
  const created = { id: 'resp_1', object: 'response', status: 'in_progress', model: 'gpt-4o', output: [] };
  const text = { type: 'message', id: 'msg_1', status: 'in_progress', role: 'assistant', content: [] };
  const events = [
    { type: 'response.created', sequence_number: 0, response: created },
    { type: 'response.in_progress', sequence_number: 1, response: created },
    {
      type: 'response.output_item.added',
      output_index: 0,
      item: { type: 'reasoning', id: 'rs_1', summary: [] },
    },
    {
      type: 'response.reasoning_summary_part.added',
      output_index: 0,
      summary_index: 0,
      part: { type: 'summary_text', text: '' },
    },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'I th' },
    { type: 'response.reasoning_summary_text.delta', output_index: 0, summary_index: 0, delta: 'ink' },
    { type: 'response.output_item.added', output_index: 1, item: text },
    {
      type: 'response.content_part.added',
      output_index: 1,
      content_index: 0,
      part: { type: 'output_text', text: '', annotations: [] },
    },
    {
      type: 'response.output_text.delta',
      output_index: 1,
      content_index: 0,
      delta: 'Hel',
      logprobs: [{ token: 'Hel' }],
    },
    {
      type: 'response.output_text.delta',
      output_index: 1,
      content_index: 0,
      delta: 'lo',
      logprobs: [{ token: 'lo' }],
    },
    {
      type: 'response.output_text.annotation.added',
      output_index: 1,
      content_index: 0,
      annotation_index: 0,
      annotation: { type: 'url_citation', url: 'u' },
    },
    {
      type: 'response.output_item.added',
      output_index: 2,
      item: { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '' },
    },
    { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"a":' },
    { type: 'response.function_call_arguments.delta', output_index: 2, delta: '1}' },
  ];
  const output = [
    { type: 'reasoning', id: 'rs_1', summary: [{ type: 'summary_text', text: 'I think' }] },
    {
      ...text,
      content: [
        {
          type: 'output_text',
          text: 'Hello',
          annotations: [{ type: 'url_citation', url: 'u' }],
          logprobs: [{ token: 'Hel' }, { token: 'lo' }],
        },
      ],
    },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'f', arguments: '{"a":1}' },
  ];

  test('the last event holds all of it', () => {
    const response = { ...created, status: 'completed', output, usage: { input_tokens: 3 } };
    const stream = responseStream([...events, { type: 'response.completed', response } as never]);
    expect(mergeStream('responses', stream)).toEqual({ missing: null, answer: response });
  });

  test('a last event without output is filled from the parts before it', () => {
    const response = { ...created, status: 'completed', output: [] };
    const stream = responseStream([...events, { type: 'response.completed', response } as never]);
    expect(mergeStream('responses', stream).answer).toEqual({ ...response, output });
  });

  test('without a last event it is rebuilt and marked', () => {
    const why = 'the stream ended before its last event';
    expect(mergeStream('responses', responseStream(events))).toEqual({
      missing: why,
      answer: { ...created, status: 'incomplete', output, homegrown: { partial: why } },
    });
  });

  test('an error event is kept', () => {
    const error = { type: 'error', sequence_number: 9, code: 'server_error', message: 'no', param: null };
    const { answer, missing } = mergeStream('responses', responseStream([...events, error]));
    expect(missing).toBe('the stream ended with an error');
    expect(answer).toMatchObject({ error: { code: 'server_error', message: 'no', param: null }, output });
  });
});

/** An answer of random texts and tool calls, and the parts it may have come in. */
function randomAnswer(random: ReturnType<typeof seededRandom>): { answer: JsonObject; chunks: object[] } {
  const choices = Array.from({ length: 1 + Math.floor(random.next() * 3) }, (_, index) => ({
    index,
    content: randomText(random),
    calls: Array.from({ length: Math.floor(random.next() * 3) }, (__, call) => ({
      id: `call_${index}_${call}`,
      type: 'function',
      function: { name: `f${call}`, arguments: JSON.stringify({ text: randomText(random) }) },
    })),
  }));
  const queues = choices.map(({ index, content, calls }) => [
    { index, delta: { role: 'assistant', content: '' }, finish_reason: null },
    ...pieces(content, random).map((piece) => ({ index, delta: { content: piece }, finish_reason: null })),
    ...calls.flatMap(({ id, type, function: { name, arguments: text } }, call) => [
      {
        index,
        delta: { tool_calls: [{ index: call, id, type, function: { name, arguments: '' } }] },
        finish_reason: null,
      },
      ...pieces(text, random).map((piece) => ({
        index,
        delta: { tool_calls: [{ index: call, function: { arguments: piece } }] },
        finish_reason: null,
      })),
    ]),
    { index, delta: {}, finish_reason: 'stop' },
  ]);
  const chunks: object[] = [];
  while (queues.some((queue) => queue.length > 0)) {
    const full = queues.filter((queue) => queue.length > 0);
    const queue = full[Math.floor(random.next() * full.length)]!;
    chunks.push({ ...head, choices: queue.splice(0, 1) });
  }
  const answer = {
    ...whole,
    choices: choices.map(({ index, content, calls }) => ({
      index,
      message: { role: 'assistant', content, ...(calls.length > 0 ? { tool_calls: calls } : {}) },
      finish_reason: 'stop',
    })),
  };
  return { answer, chunks };
}

function randomText(random: ReturnType<typeof seededRandom>): string {
  const alphabet = ['a', 'ß', '🎉', '\n', '"', '\\', ' ', '\u2028', 'data: '];
  return Array.from(
    { length: Math.floor(random.next() * 20) },
    () => alphabet[Math.floor(random.next() * alphabet.length)],
  ).join('');
}

function pieces(text: string, random: ReturnType<typeof seededRandom>): string[] {
  const found: string[] = [];
  const characters = Array.from(text);
  while (characters.length > 0) found.push(characters.splice(0, 1 + Math.floor(random.next() * 4)).join(''));
  return found;
}
