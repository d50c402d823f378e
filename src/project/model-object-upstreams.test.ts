import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAnthropic } from '@ai-sdk/anthropic';
import OpenAI from 'openai';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { anthropicError, anthropicMessage, anthropicStream } from '../../test/stand-in/anthropic-replies.ts';
import { chatCompletion, chatStream } from '../../test/stand-in/openai-replies.ts';
import {
  type ProviderReply,
  type ScriptedProvider,
  startScriptedProvider,
} from '../../test/stand-in/scripted-provider.ts';
import type { RunningServer } from '../gateway/server.ts';
import { openProject, type Project } from './project.ts';

let provider: ScriptedProvider;
let project: Project;
let server: RunningServer;
let client: OpenAI;
/** What the model object's provider does; the address after it in the chain always answers. */
let first: ProviderReply;

beforeEach(async () => {
  provider = await startScriptedProvider(({ path, body }) => {
    if (path === '/v1/messages') return first;
    return body.stream === true
      ? chatStream({ content: 'from the second' })
      : chatCompletion({ content: 'from the second' });
  });
  const baseURL = `${provider.origin}/v1`;
  const serving = { retries: 0, firstContentMs: 300 };
  project = await openProject(await mkdtemp(join(tmpdir(), 'homegrown-model-objects-')), {
    config: {
      tasks: { chat: { kind: 'classify', data: 'none.jsonl', upstream: ['claude', 'second'] } },
      upstreams: {
        claude: {
          model: createAnthropic({ baseURL, apiKey: 'k' })('claude-sonnet-4-5'),
          price: { inputPer1mUsd: 3, outputPer1mUsd: 15 },
          serving,
        },
        second: { baseUrl: baseURL, model: 'gpt-4o-mini', serving },
      },
    },
  });
  server = await project.serve({ port: 0, log: () => undefined });
  client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterEach(async () => {
  await server.close();
  await project.close();
  await provider.close();
  await rm(project.directory, { recursive: true, force: true });
});

const REQUEST = { model: 'task:chat', messages: [{ role: 'user' as const, content: 'Hello?' }] };
const WHOLE = { content: [{ type: 'text' as const, text: 'from the first' }] };
const { events } = anthropicStream(WHOLE);

async function ask(stream: boolean): Promise<{ text: string; target: string | null }> {
  if (!stream) {
    const { data, response } = await client.chat.completions.create(REQUEST).withResponse();
    return { text: data.choices[0]!.message.content!, target: response.headers.get('x-homegrown-target') };
  }
  const { data, response } = await client.chat.completions
    .create({ ...REQUEST, stream: true })
    .withResponse();
  let text = '';
  for await (const { choices } of data) text += choices[0]?.delta.content ?? '';
  return { text, target: response.headers.get('x-homegrown-target') };
}

describe('a chain that begins with a model object', () => {
  test.each<[string, ProviderReply, boolean]>([
    ['is overloaded', anthropicError(529, 'overloaded_error', 'Overloaded'), false],
    ['is overloaded, streamed', anthropicError(529, 'overloaded_error', 'Overloaded'), true],
    ['closes the connection', 'cut', false],
    ['closes the connection, streamed', 'cut', true],
    ['answers HTML', { status: 200, text: '<html>' }, false],
    ['ends before its content', { events: events.slice(0, 2) }, true],
    ['is cut before its content', { events: events.slice(0, 2), ending: 'cut' }, true],
    [
      'sends an error first',
      { events: [{ type: 'error', error: { type: 'overloaded_error', message: 'Busy' } }] },
      true,
    ],
    ['stalls before its content', { events: events.slice(0, 2), ending: 'stall' }, true],
  ])('falls back when it %s', async (_name, reply, stream) => {
    first = reply;
    expect(await ask(stream)).toEqual({ text: 'from the second', target: 'second/gpt-4o-mini' });
  });

  test('leaves a provider that stalled', async () => {
    first = { events: events.slice(0, 2), ending: 'stall' };
    await ask(true);
    await expect(provider.requests[0]!.left).resolves.toBeTypeOf('number');
  });

  test.each<[string, ProviderReply]>([
    ['cut', { events: events.slice(0, 6), ending: 'cut' }],
    ['ended', { events: events.slice(0, 6) }],
    [
      'an error',
      { events: [...events.slice(0, 6), { type: 'error', error: { type: 'api_error', message: 'Broke' } }] },
    ],
  ])('after its content it is an error for the client: %s', async (_name, reply) => {
    first = reply;
    await expect(ask(true)).rejects.toBeInstanceOf(OpenAI.APIError);
  });

  test('a request that it refuses does not go on to the next', async () => {
    first = anthropicError(400, 'invalid_request_error', 'prompt is too long');
    await expect(ask(false)).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('too long'),
    });
    expect(provider.requests).toHaveLength(1);
  });

  test('its answers are kept with tokens and cost', async () => {
    first = anthropicStream(WHOLE);
    expect(await ask(true)).toMatchObject({ text: 'from the first', target: 'claude/claude-sonnet-4-5' });
    first = anthropicMessage(WHOLE);
    expect(await ask(false)).toMatchObject({ text: 'from the first' });
    await server.close();
    const { rows } = await project.store.inferences.page({});
    expect(rows).toHaveLength(2);
    for (const row of rows) {
      expect(row).toMatchObject({
        target: 'claude/claude-sonnet-4-5',
        status: 200,
        error: null,
        tokens: { input: 17, cachedInput: 7, output: 5, reasoning: null },
      });
      expect(row.costUsd).toBeGreaterThan(0);
    }
  });
});
