import OpenAI from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import {
  expectSame,
  expectTrue,
  LeftOut,
  PAPER,
  PICTURE,
  type ProgramContext,
  type Programs,
  type Report,
  SOON_MS,
  SOUND,
} from './program.ts';

type Content = string | OpenAI.ChatCompletionContentPart[];

function clientOf(
  { baseUrl }: ProgramContext,
  options: { maxRetries?: number; timeout?: number } = {},
): OpenAI {
  return new OpenAI({ baseURL: baseUrl, apiKey: 'none', maxRetries: 0, ...options });
}

function asking(
  { model }: ProgramContext,
  content: Content,
): { model: string; messages: [{ role: 'user'; content: Content }] } {
  return { model, messages: [{ role: 'user', content }] };
}

const TOOL = {
  type: 'function' as const,
  function: {
    name: 'weather',
    description: 'Weather of a city',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
} satisfies OpenAI.ChatCompletionFunctionTool;

async function reportOn(
  context: ProgramContext,
  content: OpenAI.ChatCompletionContentPart[],
): Promise<Report> {
  const request = asking(context, [{ type: 'text', text: 'report' }, ...content]);
  const { choices } = await clientOf(context).chat.completions.create(request);
  return JSON.parse(choices[0]!.message.content!) as Report;
}

/** How many calls of the provider its clients have left. */
async function countOfLeft(context: ProgramContext): Promise<number> {
  const { choices } = await clientOf(context).chat.completions.create(asking(context, 'count'));
  return Number(choices[0]!.message.content);
}

/** Leaves a call hanging, and sees that the provider was left. */
async function expectLeft(
  context: ProgramContext,
  leave: () => Promise<unknown>,
  error: new (...args: never[]) => Error,
): Promise<void> {
  const before = await countOfLeft(context);
  const thrown = await leave().then(
    () => null,
    (cause: unknown) => cause,
  );
  expectTrue(thrown instanceof error, `expected ${error.name}, found ${String(thrown)}`);
  const until = performance.now() + SOON_MS;
  while ((await countOfLeft(context)) === before)
    expectTrue(performance.now() < until, 'the provider was not left');
}

export const OPENAI_JS: Programs = {
  async plain(context) {
    const answer = await clientOf(context).chat.completions.create(asking(context, helloOf(context)));
    expectSame(answer.choices[0]!.message.content, greetingOf(context), 'content');
    expectSame(answer.choices[0]!.finish_reason, 'stop', 'finish_reason');
  },
  async stream(context) {
    const stream = clientOf(context).chat.completions.stream(asking(context, helloOf(context)));
    const pieces: string[] = [];
    stream.on('content', (piece) => pieces.push(piece));
    const whole = await stream.finalChatCompletion();
    expectSame(pieces.join(''), greetingOf(context), 'pieces');
    expectTrue(context.target === 'own' || pieces.length > 2, 'it came in one piece');
    expectSame(whole.choices[0]!.finish_reason, 'stop', 'finish_reason');
  },
  async usage(context) {
    const { usage } = await clientOf(context).chat.completions.create(asking(context, helloOf(context)));
    if (context.target === 'own') return expectSame(usage ?? null, null, 'usage');
    expectSame(usage!.total_tokens, usage!.prompt_tokens + usage!.completion_tokens, 'total_tokens');
    expectTrue(usage!.prompt_tokens_details!.cached_tokens! > 0, 'no cached tokens');
  },
  async 'usage-stream'(context) {
    const request = { ...asking(context, 'hello'), stream: true as const };
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of await clientOf(context).chat.completions.create(request)) chunks.push(chunk);
    expectTrue(
      chunks.every(({ usage, choices }) => (usage ?? null) === null && choices.length === 1),
      'usage without asking',
    );
    chunks.length = 0;
    const wanting = { ...request, stream_options: { include_usage: true } };
    for await (const chunk of await clientOf(context).chat.completions.create(wanting)) chunks.push(chunk);
    expectTrue(
      chunks.at(-1)!.choices.length === 0 && chunks.at(-1)!.usage!.total_tokens > 0,
      'no usage at the end',
    );
  },
  async tools(context) {
    const request = { ...asking(context, 'weather'), tools: [TOOL] };
    const { choices } = await clientOf(context).chat.completions.create(request);
    expectSame(choices[0]!.finish_reason, 'tool_calls', 'finish_reason');
    const [call] = choices[0]!.message.tool_calls!;
    if (call?.type !== 'function') throw new Error('no function call');
    expectSame(
      [call.function.name, JSON.parse(call.function.arguments)],
      ['weather', { city: 'Rome' }],
      'call',
    );
  },
  async 'tools-stream'(context) {
    const request = { ...asking(context, 'weather'), tools: [TOOL] };
    const stream = clientOf(context).chat.completions.stream(request);
    let pieces = 0;
    stream.on('tool_calls.function.arguments.delta', () => (pieces += 1));
    const { choices } = await stream.finalChatCompletion();
    const [call] = choices[0]!.message.tool_calls!;
    if (call?.type !== 'function') throw new Error('no function call');
    expectSame(
      [call.function.name, JSON.parse(call.function.arguments)],
      ['weather', { city: 'Rome' }],
      'call',
    );
    expectTrue(pieces > 1, 'it came in one piece');
  },
  async 'tools-steps'(context) {
    const runner = clientOf(context).chat.completions.runTools({
      ...asking(context, 'weather'),
      tools: [
        {
          type: 'function',
          function: {
            ...TOOL.function,
            parse: JSON.parse as (text: string) => { city: string },
            function: ({ city }: { city: string }) => (city === 'Rome' ? '30 degrees' : 'unknown'),
          },
        },
      ],
    });
    expectSame(await runner.finalContent(), 'It is 30 degrees in Rome', 'answer');
  },
  async schema(context) {
    if (context.target === 'own') {
      const schema = z.object({ label: z.enum(['billing', 'bug', 'question']), confidence: z.number() });
      const request = {
        ...asking(context, helloOf(context)),
        response_format: zodResponseFormat(schema, 'answer'),
      };
      const { choices } = await clientOf(context).chat.completions.parse(request);
      return expectSame(choices[0]!.message.parsed!.label, greetingOf(context), 'parsed');
    }
    const schema = z.object({ city: z.string(), degrees: z.number() });
    const request = { ...asking(context, 'pick'), response_format: zodResponseFormat(schema, 'answer') };
    const { choices } = await clientOf(context).chat.completions.parse(request);
    expectSame(choices[0]!.message.parsed, { city: 'Rome', degrees: 30 }, 'parsed');
  },
  async image(context) {
    const url = `data:image/png;base64,${PICTURE}`;
    const { files } = await reportOn(context, [{ type: 'image_url', image_url: { url } }]);
    expectSame(files, [{ type: 'image/png', bytes: Buffer.from(PICTURE, 'base64').length }], 'files');
  },
  async audio(context) {
    const { files } = await reportOn(context, [
      { type: 'input_audio', input_audio: { data: SOUND, format: 'wav' } },
    ]);
    expectSame(files, [{ type: 'audio/wav', bytes: Buffer.from(SOUND, 'base64').length }], 'files');
  },
  async file(context) {
    const file = { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PAPER}` };
    const { files } = await reportOn(context, [{ type: 'file', file }]);
    expectSame(files, [{ type: 'application/pdf', bytes: Buffer.from(PAPER, 'base64').length }], 'files');
  },
  async logprobs(context) {
    const request = { ...asking(context, helloOf(context)), logprobs: true, top_logprobs: 2 };
    const { choices } = await clientOf(context).chat.completions.create(request);
    const tokens = choices[0]!.logprobs!.content!;
    expectSame(tokens.map(({ token }) => token).join(''), greetingOf(context), 'tokens');
    expectTrue(tokens[0]!.logprob <= 0 && tokens[0]!.top_logprobs.length === 2, 'no probabilities');
  },
  async choices(context) {
    const { choices } = await clientOf(context).chat.completions.create({
      ...asking(context, 'hello'),
      n: 3,
    });
    expectSame(
      choices.map(({ index }) => index),
      [0, 1, 2],
      'indices',
    );
  },
  async responses(context) {
    const { model } = context;
    const response = await clientOf(context).responses.create({ model, input: helloOf(context) });
    expectSame([response.output_text, response.status], [greetingOf(context), 'completed'], 'response');
  },
  async 'responses-stream'(context) {
    const { model } = context;
    const stream = clientOf(context).responses.stream({ model, input: helloOf(context) });
    let text = '';
    stream.on('response.output_text.delta', ({ delta }) => (text += delta));
    const whole = await stream.finalResponse();
    expectSame([text, whole.output_text], [greetingOf(context), greetingOf(context)], 'text');
  },
  async 'responses-tools'(context) {
    const tools: OpenAI.Responses.FunctionTool[] = [
      {
        type: 'function',
        name: 'weather',
        strict: false,
        parameters: TOOL.function.parameters,
      },
    ];
    const client = clientOf(context);
    const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: 'weather' }];
    const first = await client.responses.create({ model: context.model, input, tools });
    const [call] = first.output.flatMap((item) => (item.type === 'function_call' ? [item] : []));
    input.push(...(first.output as OpenAI.Responses.ResponseInputItem[]));
    input.push({ type: 'function_call_output', call_id: call!.call_id, output: '30 degrees' });
    const second = await client.responses.create({ model: context.model, input, tools });
    expectSame(second.output_text, 'It is 30 degrees in Rome', 'answer');
  },
  async 'embeddings-float'(context) {
    const request = { model: context.embeddings, input: ['abc', 'de'], encoding_format: 'float' as const };
    const { data } = await clientOf(context).embeddings.create(request);
    expectSame(
      data.map(({ embedding }) => embedding),
      [
        [3, 0.5, -1],
        [2, 0.5, -1],
      ],
      'embeddings',
    );
  },
  async 'embeddings-base64'(context) {
    const request = { model: context.embeddings, input: 'abc', encoding_format: 'base64' as const };
    const { data } = await clientOf(context).embeddings.create(request);
    const bytes = Buffer.from(data[0]!.embedding as unknown as string, 'base64');
    expectSame([...new Float32Array(bytes.buffer, bytes.byteOffset, 3)], [3, 0.5, -1], 'embedding');
  },
  async models(context) {
    const models: string[] = [];
    for await (const { id } of clientOf(context).models.list()) models.push(id);
    expectTrue(models.includes(context.model), `${context.model} is not in ${models.join(', ')}`);
  },
  async errors(context) {
    const isOwn = context.target === 'own';
    const request = isOwn ? { ...asking(context, 'hello'), model: 'task:nothing' } : asking(context, 'fail');
    const thrown: unknown = await clientOf(context)
      .chat.completions.create(request)
      .catch((error: unknown) => error);
    const expected = isOwn ? OpenAI.NotFoundError : OpenAI.RateLimitError;
    expectTrue(thrown instanceof expected, `expected ${expected.name}, found ${String(thrown)}`);
    expectTrue(Boolean(thrown.requestID), 'no request id');
    if (isOwn) return expectSame(thrown.code, 'model_not_found', 'code');
    expectTrue(thrown.message.includes('Too many calls'), thrown.message);
    if (context.target === 'address')
      expectSame([thrown.code, thrown.requestID], ['rate_limit_exceeded', 'req_openai_1'], 'error');
    else expectSame([thrown.type, thrown.requestID], ['rate_limit_error', 'req_anthropic_1'], 'error');
  },
  async retries(context) {
    const client = clientOf(context, { maxRetries: 2 });
    const { choices } = await client.chat.completions.create(asking(context, `busy js ${context.target}`));
    expectSame(choices[0]!.message.content, 'At last', 'content');
  },
  async abort(context) {
    const leave = (): Promise<unknown> => {
      const stream = clientOf(context).chat.completions.stream(asking(context, 'wait'));
      setTimeout(() => stream.abort(), 100);
      return stream.finalChatCompletion();
    };
    await expectLeft(context, leave, OpenAI.APIUserAbortError);
  },
  async 'time-out'(context) {
    const leave = (): Promise<unknown> =>
      clientOf(context, { timeout: 100 }).chat.completions.create(asking(context, 'wait'));
    await expectLeft(context, leave, OpenAI.APIConnectionTimeoutError);
  },
  async headers(context) {
    const request = asking(context, 'report');
    const headers = { 'x-own-team': 'blue', 'x-homegrown-user': 'ann' };
    const { choices } = await clientOf(context).chat.completions.create(request, { headers });
    const report = JSON.parse(choices[0]!.message.content!) as Report;
    expectSame(report.headers, { 'x-own-team': 'blue' }, 'headers');
  },
  async metadata(context) {
    const request = { ...asking(context, 'report'), metadata: { team: 'blue' } };
    const { data, response } = await clientOf(context).chat.completions.create(request).withResponse();
    const report = JSON.parse(data.choices[0]!.message.content!) as Report;
    const warning = response.headers.get('x-homegrown-warnings');
    if (warning?.startsWith('metadata: ') === true) throw new LeftOut();
    expectSame(report.metadata, { team: 'blue' }, 'metadata');
  },
};

function helloOf({ target }: ProgramContext): string {
  return target === 'own' ? 'please explain how it is possible' : 'hello';
}

function greetingOf({ target }: ProgramContext): string {
  return target === 'own' ? 'question' : 'Hello there my friend';
}
