import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
} from '@ai-sdk/provider';

/** A model object for what no provider can be made to do. */
export function handWrittenModel(parts: {
  generate?: (options: LanguageModelV4CallOptions) => Promise<LanguageModelV4GenerateResult>;
  stream?: (options: LanguageModelV4CallOptions) => ReadableStream<LanguageModelV4StreamPart>;
  specificationVersion?: string;
}): LanguageModelV4 {
  const none = (): never => {
    throw new Error('this model does not do that');
  };
  return {
    specificationVersion: (parts.specificationVersion ?? 'v4') as 'v4',
    provider: 'hand-written.chat',
    modelId: 'odd-1',
    supportedUrls: {},
    doGenerate: parts.generate ?? none,
    doStream: async (options) => ({ stream: (parts.stream ?? none)(options) }),
  };
}

export const SOME_USAGE: LanguageModelV4GenerateResult['usage'] = {
  inputTokens: { total: 3, noCache: undefined, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: undefined, reasoning: undefined },
};

/** The end of a stream or an answer that is whole. */
export const WHOLE = { finishReason: { unified: 'stop' as const, raw: 'stop' }, usage: SOME_USAGE };
