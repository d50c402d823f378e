import { OpenAICompatibleChatLanguageModel } from '@ai-sdk/openai-compatible';
import type { LanguageModelV4Usage, SharedV4ProviderMetadata } from '@ai-sdk/provider';
import { tokenCountsOf, UNKNOWN_TOKENS } from '../protocol/token-counts.ts';

type ChatConfig = ConstructorParameters<typeof OpenAICompatibleChatLanguageModel>[1];

/** A model that speaks chat completions as a Homegrown server does: with schemas, usage that may be unknown, log-probabilities. */
export function chatModel(
  modelId: string,
  config: Pick<ChatConfig, 'url'> & Partial<Pick<ChatConfig, 'headers' | 'fetch'>>,
): OpenAICompatibleChatLanguageModel {
  return new OpenAICompatibleChatLanguageModel(modelId, {
    provider: 'homegrown.chat',
    includeUsage: true,
    supportsStructuredOutputs: true,
    // The server, or the provider behind it, decides what it fetches.
    supportedUrls: () => ({ 'image/*': [/^https?:\/\//] }),
    convertUsage: usageAsReported,
    metadataExtractor: {
      extractMetadata: async ({ parsedBody }) => logprobMetadata([parsedBody]),
      createStreamExtractor: () => {
        const chunks: unknown[] = [];
        return {
          processChunk: (chunk) => void (hasLogprobs(chunk) && chunks.push(chunk)),
          buildMetadata: () => logprobMetadata(chunks),
        };
      },
    },
    ...config,
  });
}

/** The library counts what a server does not report as 0; unknown must stay unknown. */
function usageAsReported(usage: unknown): LanguageModelV4Usage {
  const { input, cachedInput, output, reasoning } = tokenCountsOf(usage) ?? UNKNOWN_TOKENS;
  const without = (total: number | null, part: number | null): number | undefined =>
    total === null || part === null ? undefined : total - part;
  return {
    inputTokens: {
      total: input ?? undefined,
      noCache: without(input, cachedInput),
      cacheRead: cachedInput ?? undefined,
      cacheWrite: undefined,
    },
    outputTokens: {
      total: output ?? undefined,
      text: without(output, reasoning),
      reasoning: reasoning ?? undefined,
    },
  };
}

interface WithLogprobs {
  choices: { logprobs: { content: unknown[] } }[];
}

function hasLogprobs(body: unknown): body is WithLogprobs {
  const { choices } = (body ?? {}) as { choices?: { logprobs?: { content?: unknown } | null }[] };
  return Array.isArray(choices?.[0]?.logprobs?.content);
}

function logprobMetadata(bodies: readonly unknown[]): SharedV4ProviderMetadata | undefined {
  const content = bodies.filter(hasLogprobs).flatMap(({ choices }) => choices[0]!.logprobs.content);
  return content.length === 0
    ? undefined
    : ({ homegrown: { logprobs: { content } } } as SharedV4ProviderMetadata);
}
