import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type ServedProject, serveKeywordModel } from '../../test/support/serve-keyword-model.ts';

describe('official openai client', () => {
  let project: ServedProject;
  let client: OpenAI;
  beforeAll(async () => {
    project = await serveKeywordModel();
    client = new OpenAI({ baseURL: `${project.server.url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(() => project.close());

  const request = { model: 'task:topic', messages: [{ role: 'user' as const, content: 'my cat' }] };

  test('reads an answer', async () => {
    const completion = await client.chat.completions.create({
      ...request,
      temperature: 0,
      max_tokens: 5,
      user: 'u',
    });
    expect(completion.choices[0]!.message.content).toBe('animal');
    expect(completion.model).toBe('topic@1');
    expect(completion._request_id).toMatch(/^req_/);
  });

  test('reads a stream, and its helper puts it together', async () => {
    const stream = await client.chat.completions.create({ ...request, stream: true });
    let text = '';
    for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    expect(text).toBe('animal');
    const runner = client.chat.completions.stream({ ...request, stream_options: { include_usage: true } });
    const whole = await runner.finalChatCompletion();
    expect(whole.choices[0]!.message.content).toBe('animal');
    expect(whole.choices[0]!.finish_reason).toBe('stop');
  });

  test('reads log-probabilities', async () => {
    const completion = await client.chat.completions.create({ ...request, logprobs: true, top_logprobs: 3 });
    const [token] = completion.choices[0]!.logprobs!.content!;
    expect(token!.token).toBe('animal');
    expect(token!.top_logprobs).toHaveLength(3);
    expect(Math.exp(token!.logprob)).toBeCloseTo(0.9, 5);
  });

  test('parses structured output', async () => {
    const Topic = z.object({
      topic: z.enum(['food', 'animal', 'a "tool"']),
      confidence: z.number().nullable(),
    });
    const completion = await client.chat.completions.parse({
      ...request,
      response_format: zodResponseFormat(Topic, 'topic'),
    });
    expect(completion.choices[0]!.message.parsed).toEqual({ topic: 'animal', confidence: 0.9 });
  });

  test('lists and retrieves models', async () => {
    const ids: string[] = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(['task:topic', 'topic@1']);
    expect(await client.models.retrieve('task:topic')).toMatchObject({ id: 'task:topic', object: 'model' });
  });

  test('throws its own errors', async () => {
    const unknown = client.chat.completions.create({ ...request, model: 'tpic' });
    await expect(unknown).rejects.toBeInstanceOf(OpenAI.NotFoundError);
    await expect(unknown).rejects.toMatchObject({ code: 'model_not_found', param: 'model', status: 404 });
    const image = client.chat.completions.create({
      ...request,
      messages: [
        { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] },
      ],
    });
    await expect(image).rejects.toBeInstanceOf(OpenAI.BadRequestError);
    await expect(client.embeddings.create({ model: 'topic', input: 'x' })).rejects.toMatchObject({
      status: 400,
      param: 'model',
    });
  });
});
