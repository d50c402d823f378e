import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embedMany, generateText, isStepCount, Output, RetryError, streamText, tool } from 'ai';
import type { EmbeddingModel, LanguageModel } from 'ai';
import { z } from 'zod';
import { createHomegrown, type HomegrownMetadata } from '../../src/ai-sdk/homegrown-provider.ts';
import type { Feature } from './features.ts';
import {
  expectSame,
  expectTrue,
  LeftOut,
  PAPER,
  PICTURE,
  type Program,
  type ProgramContext,
  type Programs,
  type Report,
  SOON_MS,
  SOUND,
} from './program.ts';

/** A provider of the AI SDK pointed at the gateway. */
interface Provider {
  model(context: ProgramContext): LanguageModel;
  embeddings(context: ProgramContext): EmbeddingModel;
}

const weather = tool({
  description: 'Weather of a city',
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => (city === 'Rome' ? '30 degrees' : 'unknown'),
});

function programsOf({ model, embeddings }: Provider): Programs {
  const ask = (context: ProgramContext, prompt: string): Promise<string> =>
    generateText({ model: model(context), prompt, maxRetries: 0 }).then(({ text }) => text);
  const report = async (context: ProgramContext, mediaType: string, data: string): Promise<void> => {
    const file = { type: 'file' as const, mediaType, data, filename: 'a.pdf' };
    const content = [{ type: 'text' as const, text: 'report' }, file];
    const { text } = await generateText({
      model: model(context),
      messages: [{ role: 'user', content }],
      maxRetries: 0,
    });
    expectSame(
      (JSON.parse(text) as Report).files,
      [{ type: mediaType, bytes: Buffer.from(data, 'base64').length }],
      'files',
    );
  };
  const expectLeft = async (context: ProgramContext, leave: () => PromiseLike<unknown>): Promise<void> => {
    const before = Number(await ask(context, 'count'));
    const thrown = await leave().then(
      () => null,
      (cause: unknown) => cause,
    );
    expectTrue(
      thrown instanceof Error && /abort|timeout/i.test(thrown.name + thrown.message),
      `found ${String(thrown)}`,
    );
    const until = performance.now() + SOON_MS;
    while (Number(await ask(context, 'count')) === before)
      expectTrue(performance.now() < until, 'the provider was not left');
  };
  return {
    async plain(context) {
      expectSame(await ask(context, helloOf(context)), greetingOf(context), 'text');
    },
    async stream(context) {
      const result = streamText({ model: model(context), prompt: helloOf(context) });
      const pieces: string[] = [];
      for await (const piece of result.textStream) pieces.push(piece);
      expectSame(pieces.join(''), greetingOf(context), 'text');
      expectTrue(context.target === 'own' || pieces.length > 2, 'it came in one piece');
      expectSame(await result.finishReason, 'stop', 'finishReason');
    },
    async usage(context) {
      const { usage } = await generateText({ model: model(context), prompt: helloOf(context) });
      if (context.target === 'own') return expectSame(usage.totalTokens ?? null, null, 'usage');
      expectTrue(usage.totalTokens! > 0 && usage.inputTokenDetails.cacheReadTokens! > 0, 'no tokens');
    },
    async 'usage-stream'(context) {
      const result = streamText({ model: model(context), prompt: 'hello' });
      await result.consumeStream();
      expectTrue((await result.usage).totalTokens! > 0, 'no tokens');
    },
    async tools(context) {
      const { toolCalls, finishReason } = await generateText({
        model: model(context),
        prompt: 'weather',
        tools: { weather },
      });
      expectSame(
        [finishReason, toolCalls[0]!.toolName, toolCalls[0]!.input],
        ['tool-calls', 'weather', { city: 'Rome' }],
        'call',
      );
    },
    async 'tools-stream'(context) {
      const result = streamText({ model: model(context), prompt: 'weather', tools: { weather } });
      let pieces = 0;
      for await (const part of result.fullStream) if (part.type === 'tool-input-delta') pieces += 1;
      expectSame((await result.toolCalls)[0]!.input, { city: 'Rome' }, 'input');
      expectTrue(pieces > 1, 'it came in one piece');
    },
    async 'tools-steps'(context) {
      const { text } = await generateText({
        model: model(context),
        prompt: 'weather',
        tools: { weather },
        stopWhen: isStepCount(3),
      });
      expectSame(text, 'It is 30 degrees in Rome', 'text');
    },
    async schema(context) {
      if (context.target === 'own') {
        const choice = Output.choice({ options: ['billing', 'bug', 'question'] });
        const { output } = await generateText({
          model: model(context),
          prompt: helloOf(context),
          output: choice,
        });
        return expectSame(output, greetingOf(context), 'output');
      }
      const object = Output.object({ schema: z.object({ city: z.string(), degrees: z.number() }) });
      const { output } = await generateText({ model: model(context), prompt: 'pick', output: object });
      expectSame(output, { city: 'Rome', degrees: 30 }, 'output');
    },
    image: (context) => report(context, 'image/png', PICTURE),
    audio: (context) => report(context, 'audio/wav', SOUND),
    file: (context) => report(context, 'application/pdf', PAPER),
    async 'embeddings-float'(context) {
      const { embeddings: found } = await embedMany({ model: embeddings(context), values: ['abc', 'de'] });
      expectSame(
        found,
        [
          [3, 0.5, -1],
          [2, 0.5, -1],
        ],
        'embeddings',
      );
    },
    async errors(context) {
      const isOwn = context.target === 'own';
      const asked = isOwn ? { ...context, model: 'task:nothing' } : context;
      const thrown: unknown = await ask(asked, 'fail').catch((error: unknown) => error);
      expectTrue(APICallError.isInstance(thrown), `found ${String(thrown)}`);
      const { statusCode, message, responseHeaders, responseBody } = thrown;
      expectTrue(Boolean(responseHeaders!['x-request-id']), 'no request id');
      expectSame(statusCode, isOwn ? 404 : 429, 'status');
      if (!isOwn) expectSame(message, 'Too many calls', 'message');
      expectTrue(/model_not_found|rate_limit/.test(responseBody!), responseBody!);
    },
    async retries(context) {
      const { provider } = model(context) as { provider: string };
      const { text } = await generateText({
        model: model(context),
        prompt: `busy ${provider} ${context.target}`,
        maxRetries: 2,
      });
      expectSame(text, 'At last', 'text');
      const failing: unknown = await generateText({
        model: model(context),
        prompt: 'fail',
        maxRetries: 0,
      }).catch((error: unknown) => error);
      expectTrue(APICallError.isInstance(failing) || RetryError.isInstance(failing), String(failing));
    },
    abort: (context) =>
      expectLeft(context, () => {
        const controller = new AbortController();
        setTimeout(() => controller.abort(), 100);
        return generateText({ model: model(context), prompt: 'wait', abortSignal: controller.signal });
      }),
    'time-out': (context) =>
      expectLeft(context, () => generateText({ model: model(context), prompt: 'wait', timeout: 100 })),
    async headers(context) {
      const headers = { 'x-own-team': 'blue', 'x-homegrown-user': 'ann' };
      const { text } = await generateText({ model: model(context), prompt: 'report', headers });
      expectSame((JSON.parse(text) as Report).headers, { 'x-own-team': 'blue' }, 'headers');
    },
  };
}

const homegrown: Provider = {
  model: ({ baseUrl, model }) => createHomegrown({ baseUrl })(model),
  embeddings: ({ baseUrl, embeddings }) => createHomegrown({ baseUrl }).embeddingModel(embeddings),
};

/** Options of ours that go into the request's body. */
const ofBody: Partial<Record<Feature, Program>> = {
  async logprobs(context) {
    const { providerMetadata } = await generateText({
      model: homegrown.model(context),
      prompt: helloOf(context),
      providerOptions: { homegrown: { logprobs: true, top_logprobs: 2 } },
      maxRetries: 0,
    });
    const { logprobs } = providerMetadata!['homegrown'] as HomegrownMetadata;
    const { content } = logprobs as { content: { token: string; top_logprobs: unknown[] }[] };
    expectSame(content.map(({ token }) => token).join(''), greetingOf(context), 'tokens');
    expectSame(content[0]!.top_logprobs.length, 2, 'top_logprobs');
  },
  async metadata(context) {
    const { text, providerMetadata } = await generateText({
      model: homegrown.model(context),
      prompt: 'report',
      providerOptions: { homegrown: { metadata: { team: 'blue' } } },
    });
    const { warnings } = providerMetadata!['homegrown'] as HomegrownMetadata;
    if (warnings?.startsWith('metadata: ') === true) throw new LeftOut();
    expectSame((JSON.parse(text) as Report).metadata, { team: 'blue' }, 'metadata');
  },
};

export const AI_SDK_HOMEGROWN: Programs = { ...programsOf(homegrown), ...ofBody };

/** OpenAI's own AI SDK provider, which speaks responses. */
const openai: Provider = {
  model: ({ baseUrl, model }) => createOpenAI({ baseURL: baseUrl, apiKey: 'none' })(model),
  embeddings: ({ baseUrl, embeddings }) =>
    createOpenAI({ baseURL: baseUrl, apiKey: 'none' }).embedding(embeddings),
};
// Its responses know no sound.
const { plain, stream, 'tools-steps': steps, audio: _audio, ...others } = programsOf(openai);

export const AI_SDK_OPENAI: Programs = {
  ...others,
  plain: plain!,
  stream: stream!,
  'tools-steps': steps!,
  responses: plain!,
  'responses-stream': stream!,
  'responses-tools': steps!,
};

function helloOf({ target }: ProgramContext): string {
  return target === 'own' ? 'please explain how it is possible' : 'hello';
}

function greetingOf({ target }: ProgramContext): string {
  return target === 'own' ? 'question' : 'Hello there my friend';
}
