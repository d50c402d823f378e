import { generateText, NoSuchModelError, Output, streamText, tool } from 'ai';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { TICKETS, ticketProject, ticketRows } from '../../test/support/ticket-project.ts';
import { openProject } from '../project/project.ts';
import { createHomegrown, type HomegrownMetadata, type HomegrownProvider } from './homegrown-provider.ts';

let tickets: Awaited<ReturnType<typeof ticketProject>>;
let homegrown: HomegrownProvider;

beforeAll(async () => {
  tickets = await ticketProject();
  homegrown = createHomegrown({ project: tickets.project });
});
afterAll(async () => {
  await homegrown?.close();
  await tickets?.remove();
});

const prompt = `please explain ${TICKETS['question']!.join(' ')}`;

test('answers without a server, by all names of a model', async () => {
  for (const name of ['ticket', 'task:ticket', 'ticket@1']) {
    const result = await generateText({ model: homegrown(name), prompt });
    expect(result.text).toBe('question');
    expect(result.finishReason).toBe('stop');
    expect(result.usage.totalTokens).toBeUndefined();
    expect(result.providerMetadata?.['homegrown']).toMatchObject({ target: 'ticket@1' });
  }
});

test('answers as the project and its server do', async () => {
  const predictor = await tickets.project.predictor('ticket');
  const server = await tickets.project.serve({ port: 0, log: () => undefined });
  try {
    const remote = createHomegrown({ baseUrl: server.url });
    for (const { input } of ticketRows(20, 7)) {
      const options = { prompt: input, providerOptions: { homegrown: { logprobs: true, top_logprobs: 3 } } };
      const [expected] = await predictor.predict([input]);
      const here = await generateText({ model: homegrown('task:ticket'), ...options });
      const there = await generateText({ model: remote('task:ticket'), ...options });
      expect(here.text).toBe(expected!.label);
      expect(there.text).toBe(here.text);
      const logprobs = (result: typeof here): unknown =>
        (result.providerMetadata!['homegrown'] as HomegrownMetadata).logprobs;
      expect(logprobs(here)).toEqual(logprobs(there));
      expect(logprobs(here)).toBeDefined();
    }
  } finally {
    await server.close();
    await predictor.close();
  }
});

test('streams, choices and objects', async () => {
  const stream = streamText({ model: homegrown('ticket'), prompt });
  const pieces: string[] = [];
  for await (const piece of stream.textStream) pieces.push(piece);
  expect(pieces).toEqual(['question']);
  expect(await stream.finishReason).toBe('stop');
  const options = Object.keys(TICKETS);
  const { output } = await generateText({
    model: homegrown('ticket'),
    prompt,
    output: Output.choice({ options }),
  });
  expect(output).toBe('question');
  const schema = z.object({ label: z.enum(options as [string, ...string[]]), confidence: z.number() });
  const structured = streamText({ model: homegrown('ticket'), prompt, output: Output.object({ schema }) });
  expect(await structured.output).toMatchObject({ label: 'question', confidence: expect.any(Number) });
});

test('refuses what the server refuses', async () => {
  const tools = { f: tool({ inputSchema: z.object({ text: z.string() }), execute: async () => 'done' }) };
  await expect(
    generateText({ model: homegrown('ticket'), prompt, tools, toolChoice: 'required' }),
  ).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('cannot call tools') });
  expect((await generateText({ model: homegrown('ticket'), prompt, tools })).text).toBe('question');
  const image = { type: 'image' as const, image: Buffer.from('iVBORw0KGgo=', 'base64') };
  await expect(
    generateText({ model: homegrown('ticket'), messages: [{ role: 'user', content: [image] }] }),
  ).rejects.toMatchObject({ statusCode: 400, message: expect.stringContaining('messages[0].content') });
  const short = Output.choice({ options: ['billing', 'bug'] });
  await expect(generateText({ model: homegrown('ticket'), prompt, output: short })).rejects.toMatchObject({
    statusCode: 400,
    message: expect.stringContaining('"question"'),
  });
});

test('an aborted call does not answer', async () => {
  const abortSignal = AbortSignal.abort(new Error('not any more'));
  await expect(generateText({ model: homegrown('ticket'), prompt, abortSignal })).rejects.toThrow(
    'not any more',
  );
});

test('unknown names say what there is', async () => {
  await expect(generateText({ model: homegrown('task:tikket'), prompt })).rejects.toThrow('task:ticket');
  await expect(generateText({ model: homegrown('ticket@9'), prompt })).rejects.toThrow('ticket@1');
  expect(() => homegrown.embeddingModel('ticket')).toThrow(NoSuchModelError);
});

test('follows what is live', async () => {
  const other = createHomegrown({ project: tickets.project });
  const targetOf = async (): Promise<unknown> =>
    (await generateText({ model: other('ticket'), prompt })).providerMetadata!['homegrown']!['target'];
  expect(await targetOf()).toBe('ticket@1');
  const again = await openProject(tickets.directory, {
    config: { tasks: { ticket: { ...tickets.project.task('ticket').config, seed: 2 } } },
  });
  await again.climb('ticket');
  await again.close();
  const version = Math.max(...(await tickets.project.models.list('ticket')).map((model) => model.version));
  expect(version).toBeGreaterThan(1);
  await tickets.project.models.promote('ticket', version, { by: 'test' });
  await expect.poll(targetOf, { timeout: 5000 }).toBe(`ticket@${version}`);
  await tickets.project.models.rollback('ticket', { by: 'test' });
  await expect.poll(targetOf, { timeout: 5000 }).toBe('ticket@1');
  await other.close();
});

test('a version asked for by name stays loaded beside the live one', async () => {
  const { directory, project } = tickets;
  const other = createHomegrown({ project });
  const ask = async (name: string): Promise<string> =>
    (await generateText({ model: other(name), prompt })).text;
  expect([await ask('ticket@2'), await ask('ticket')]).toEqual(['question', 'question']);
  const folder = join(directory, '.homegrown', 'models', 'ticket', '2');
  await rename(folder, `${folder}-away`);
  try {
    expect(await ask('ticket@2')).toBe('question');
  } finally {
    await rename(`${folder}-away`, folder);
    await other.close();
  }
});

test('a version that cannot be loaded harms nobody else', async () => {
  const asked = ['ticket', 'ticket@9', 'ticket'].map(async (name) =>
    generateText({ model: homegrown(name), prompt }),
  );
  const [first, unknown, second] = await Promise.allSettled(asked);
  expect(first).toMatchObject({ value: { text: 'question' } });
  expect(unknown).toMatchObject({ reason: { code: 'registry/unknown-version' } });
  expect(second).toMatchObject({ value: { text: 'question' } });
});
