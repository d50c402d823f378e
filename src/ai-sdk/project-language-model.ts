import {
  APICallError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4GenerateResult,
  type LanguageModelV4StreamPart,
  type LanguageModelV4StreamResult,
} from '@ai-sdk/provider';
import { randomUUID } from 'node:crypto';
import { ApiError } from '../gateway/api-error.ts';
import { answerChat, refuseForcedTools } from '../gateway/chat-completions.ts';
import { chatRequestSchema } from '../gateway/chat-request.ts';
import { chatCompletionBody } from '../gateway/chat-response.ts';
import { parseRequest } from '../gateway/parse-request.ts';
import { splitCallOptions } from './call-options.ts';
import { chatModel } from './chat-model.ts';
import type { ProjectModels } from './project-models.ts';

/** An own model of a project in this process. It answers what the server would answer, without a connection. */
export class ProjectLanguageModel implements LanguageModelV4 {
  readonly specificationVersion = 'v4';
  readonly provider = 'homegrown.project';
  readonly modelId: string;
  readonly supportedUrls: Record<string, RegExp[]> = {};
  readonly #models: ProjectModels;
  /** Writes requests and reads answers; it is never called. */
  readonly #chat: ReturnType<typeof chatModel>;

  constructor(models: ProjectModels, modelId: string) {
    this.modelId = modelId;
    this.#models = models;
    this.#chat = chatModel(modelId, { url: ({ path }) => path });
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { abortSignal } = options;
    abortSignal?.throwIfAborted();
    const { providerOptions } = splitCallOptions(options.providerOptions);
    const { body, warnings } = await this.#chat.prepareRequest({
      ...options,
      ...(providerOptions && { providerOptions }),
    });
    const model = await this.#models.acquire(this.modelId);
    try {
      const answer = JSON.parse(await this.#answer(body, { model, abortSignal })) as unknown;
      abortSignal?.throwIfAborted();
      const result = await this.#chat.convertResponse({ body: answer });
      const homegrown = { ...result.providerMetadata?.['homegrown'], target: model.name };
      return { ...result, warnings, request: { body }, providerMetadata: { homegrown } };
    } finally {
      await model.release();
    }
  }

  async doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const result = await this.doGenerate(options);
    return {
      stream: ReadableStream.from(partsOf(result)),
      ...(result.request && { request: result.request }),
    };
  }

  async #answer(
    body: Record<string, unknown>,
    {
      model,
      abortSignal,
    }: { model: Awaited<ReturnType<ProjectModels['acquire']>>; abortSignal: AbortSignal | undefined },
  ): Promise<string> {
    const id = `inf_${randomUUID().replaceAll('-', '')}`;
    try {
      const request = parseRequest(chatRequestSchema, withoutUndefined(body));
      refuseForcedTools(request.tool_choice);
      const clientSignal = (): AbortSignal => abortSignal ?? new AbortController().signal;
      return chatCompletionBody(
        await answerChat({ id, requestId: id, log: () => undefined, clientSignal }, request, model),
      );
    } catch (error) {
      throw error instanceof ApiError ? callError(error, body) : error;
    }
  }
}

function withoutUndefined(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** The error that the same call to a server would throw. */
function callError(error: ApiError, requestBodyValues: unknown): APICallError {
  return new APICallError({
    message: error.message,
    url: 'homegrown:project',
    requestBodyValues,
    statusCode: error.status,
    responseHeaders: error.headers,
    responseBody: error.toBody(),
    cause: error,
  });
}

/** The whole answer as a stream: there is nothing to wait for between its parts. */
function partsOf(result: LanguageModelV4GenerateResult): LanguageModelV4StreamPart[] {
  const { warnings, content, finishReason, usage, providerMetadata, response } = result;
  const text = content.flatMap((part): LanguageModelV4StreamPart[] => {
    if (part.type !== 'text') return [];
    return [
      { type: 'text-start', id: '0' },
      { type: 'text-delta', id: '0', delta: part.text },
      { type: 'text-end', id: '0' },
    ];
  });
  const { id, timestamp, modelId } = response ?? {};
  return [
    { type: 'stream-start', warnings },
    {
      type: 'response-metadata',
      ...(id && { id }),
      ...(timestamp && { timestamp }),
      ...(modelId && { modelId }),
    },
    ...text,
    { type: 'finish', finishReason, usage, ...(providerMetadata && { providerMetadata }) },
  ];
}
