import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { serveKeywordModel, taskOf } from '../../test/support/serve-keyword-model.ts';

/** A product that lets the model call a tool to say where a text belongs. */
async function clientOfToolTask(): Promise<OpenAI> {
  const task = taskOf('topic', {
    input: ({ messages }) => String(messages.at(-1)?.content).replace(/^Route this: /u, ''),
    output: {
      read: ({ choices }) => choices[0]?.message.tool_calls?.[0]?.function.arguments ?? null,
      write: (team, { request }) => ({
        tool_calls: [
          { function: { name: 'route', arguments: JSON.stringify({ team, of: request.messages.length }) } },
        ],
      }),
    },
  });
  const project = await serveKeywordModel({ tasks: [task] });
  onTestFinished(() => project.close());
  return new OpenAI({ apiKey: 'none', baseURL: `${project.server.url}/v1`, maxRetries: 0 });
}

const tools = [{ type: 'function' as const, function: { name: 'route', parameters: {} } }];
const request = {
  model: 'task:topic',
  messages: [{ role: 'user' as const, content: 'Route this: my cat' }],
  tools,
  tool_choice: 'required' as const,
};

test('an own model answers by the task’s own function, tool calls included', async () => {
  const client = await clientOfToolTask();
  const { choices } = await client.chat.completions.create(request);
  expect(choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { role: 'assistant', content: null },
  });
  const [call] = choices[0]!.message.tool_calls!;
  expect(call).toMatchObject({ type: 'function', id: expect.stringMatching(/^call_/u) });
  expect(call).toHaveProperty('function', { name: 'route', arguments: '{"team":"animal","of":1}' });
});

test('a stream says the same', async () => {
  const client = await clientOfToolTask();
  const stream = client.chat.completions.stream({ ...request });
  const { choices } = await stream.finalChatCompletion();
  expect(choices[0]?.finish_reason).toBe('tool_calls');
  expect(choices[0]?.message.tool_calls?.[0]).toMatchObject({
    function: { name: 'route', arguments: '{"team":"animal","of":1}' },
  });
});

test('so does the responses endpoint', async () => {
  const client = await clientOfToolTask();
  const { output } = await client.responses.create({ model: 'task:topic', input: 'Route this: bread' });
  expect(output).toMatchObject([
    { type: 'function_call', name: 'route', arguments: '{"team":"food","of":1}' },
  ]);
});
