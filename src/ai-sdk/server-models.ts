import { OpenAICompatibleEmbeddingModel } from '@ai-sdk/openai-compatible';
import {
  type EmbeddingModelV4,
  InvalidArgumentError,
  type LanguageModelV4,
  type LanguageModelV4CallOptions,
  type LanguageModelV4StreamPart,
} from '@ai-sdk/provider';
import { withCallMetadata } from './call-metadata.ts';
import { splitCallOptions } from './call-options.ts';
import { chatModel } from './chat-model.ts';
import type { ModelSource } from './model-source.ts';

/** Where a Homegrown server is. */
export interface ServerOptions {
  /** Its address, with or without `/v1`. */
  baseUrl: string;
  /** A key with the role `call`; a server without keys needs none. */
  apiKey?: string | undefined;
  /** Sent with every call. */
  headers?: Record<string, string> | undefined;
  /** Instead of the global `fetch`. */
  fetch?: typeof globalThis.fetch | undefined;
}

/** Models of a server, by chat completions and embeddings. */
export function serverModels(options: ServerOptions): ModelSource {
  const config = {
    url: urlsOf(options.baseUrl),
    headers: headersOf(options),
    ...(options.fetch === undefined ? {} : { fetch: options.fetch }),
  };
  return {
    languageModel: (modelId) => tracked(chatModel(modelId, config)),
    embeddingModel: (modelId) =>
      trackedEmbeddings(
        new OpenAICompatibleEmbeddingModel(modelId, { provider: 'homegrown.embedding', ...config }),
      ),
  };
}

function urlsOf(baseUrl: string): (options: { path: string }) => string {
  if (!/^https?:\/\//.test(baseUrl) || !URL.canParse(baseUrl)) {
    const message = `baseUrl: expected an address such as http://127.0.0.1:4400; found ${JSON.stringify(baseUrl)}`;
    throw new InvalidArgumentError({ argument: 'baseUrl', message });
  }
  const base = baseUrl.replace(/\/+$/, '');
  const root = base.endsWith('/v1') ? base : `${base}/v1`;
  return ({ path }) => root + path;
}

function headersOf({ apiKey, headers }: ServerOptions): Record<string, string> {
  return { ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }), ...headers };
}

/** Sends what a call says of itself as headers, and gives back what the server says of it. */
function tracked(model: LanguageModelV4): LanguageModelV4 {
  const prepared = (options: LanguageModelV4CallOptions): LanguageModelV4CallOptions => {
    const { headers, providerOptions } = splitCallOptions(options.providerOptions);
    return {
      ...options,
      headers: { ...headers, ...options.headers },
      ...(providerOptions && { providerOptions }),
    };
  };
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    supportedUrls: model.supportedUrls,
    async doGenerate(options) {
      const result = await model.doGenerate(prepared(options));
      return {
        ...result,
        providerMetadata: withCallMetadata(result.providerMetadata, result.response?.headers),
      };
    },
    async doStream(options) {
      const result = await model.doStream(prepared(options));
      return { ...result, stream: result.stream.pipeThrough(metadataAtEnd(result.response?.headers)) };
    },
  };
}

function metadataAtEnd(
  headers: Readonly<Record<string, string>> | undefined,
): TransformStream<LanguageModelV4StreamPart, LanguageModelV4StreamPart> {
  return new TransformStream({
    transform(part, controller) {
      if (part.type !== 'finish') return controller.enqueue(part);
      controller.enqueue({ ...part, providerMetadata: withCallMetadata(part.providerMetadata, headers) });
    },
  });
}

function trackedEmbeddings(model: EmbeddingModelV4): EmbeddingModelV4 {
  return {
    specificationVersion: 'v4',
    provider: model.provider,
    modelId: model.modelId,
    maxEmbeddingsPerCall: model.maxEmbeddingsPerCall,
    supportsParallelCalls: model.supportsParallelCalls,
    async doEmbed(options) {
      const { headers, providerOptions } = splitCallOptions(options.providerOptions);
      const result = await model.doEmbed({
        ...options,
        headers: { ...headers, ...options.headers },
        ...(providerOptions && { providerOptions }),
      });
      return {
        ...result,
        providerMetadata: withCallMetadata(result.providerMetadata, result.response?.headers),
      };
    },
  };
}
