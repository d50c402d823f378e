import type { EmbeddingModelV4, LanguageModelV4 } from '@ai-sdk/provider';

/** Whose options a model understands besides those of every AI SDK model. */
export type ProviderKind = 'openai-chat' | 'openai-responses' | 'openai-compatible' | 'anthropic' | 'other';

/** What translation must know of a model. */
export interface ProviderProfile {
  readonly kind: ProviderKind;
  /** Key of its options in `providerOptions`. */
  readonly optionsKey: string;
  /** The provider's name as it calls itself. */
  readonly namespace: string;
  /** Provider and model, for messages. */
  readonly name: string;
  /** Whether it fetches such a file itself. */
  takesUrl(mediaType: string, url: string): boolean;
  /** Models of the AI SDK before version 7 have no `reasoning` option and other file parts. */
  readonly isCurrent: boolean;
}

const KIND_BY_CLASS: Readonly<Record<string, ProviderKind>> = {
  OpenAIChatLanguageModel: 'openai-chat',
  OpenAIResponsesLanguageModel: 'openai-responses',
  OpenAICompatibleChatLanguageModel: 'openai-compatible',
  AnthropicLanguageModel: 'anthropic',
  AnthropicMessagesLanguageModel: 'anthropic',
};

/** Looks at a language model once; its supported addresses may be a promise. */
export async function profileOf(model: LanguageModelV4): Promise<ProviderProfile> {
  const kind = kindOf(model);
  const patterns = Object.entries((await model.supportedUrls) ?? {});
  const matches = (mediaType: string, url: string): boolean =>
    patterns.some(
      ([pattern, urls]) => covers(pattern, mediaType) && urls.some((regex) => regex.test(url.toLowerCase())),
    );
  return {
    kind,
    optionsKey: optionsKeyOf(model, kind),
    namespace: model.provider.split('.')[0]!.trim(),
    name: `${model.provider}/${model.modelId}`,
    // OpenAI-compatible models claim no addresses, yet send an image's address on as it is.
    takesUrl: (mediaType, url) =>
      (kind === 'openai-compatible' && mediaType.startsWith('image')) || matches(mediaType, url),
    isCurrent: (model.specificationVersion as string) === 'v4',
  };
}

/** By its class, whatever the provider is called; models wrapped in middleware are known by the provider's name alone. */
function kindOf(model: LanguageModelV4): ProviderKind {
  const byClass = KIND_BY_CLASS[model.constructor.name];
  if (byClass !== undefined) return byClass;
  if (/^(openai|azure)\.chat$/.test(model.provider)) return 'openai-chat';
  if (/^(openai|azure)\.responses$/.test(model.provider)) return 'openai-responses';
  return /(^|\.)anthropic(\.|$)/.test(model.provider) ? 'anthropic' : 'other';
}

function optionsKeyOf(model: LanguageModelV4, kind: ProviderKind): string {
  if (kind === 'anthropic') return 'anthropic';
  if (kind === 'openai-chat') return 'openai';
  if (kind === 'openai-responses') return model.provider.includes('azure') ? 'azure' : 'openai';
  return optionsNamespaceOf(model);
}

/** `groq` of `groq.chat`, in the camel case that providers look for. */
export function optionsNamespaceOf(model: LanguageModelV4 | EmbeddingModelV4): string {
  const name = model.provider.split('.')[0]!.trim();
  return name.replace(/[-_]([a-z])/g, (_match, letter: string) => letter.toUpperCase());
}

function covers(pattern: string, mediaType: string): boolean {
  if (pattern === '*' || pattern === '*/*') return true;
  const [top, sub] = pattern.split('/');
  const [wantedTop, wantedSub] = mediaType.split('/');
  return top === wantedTop && (sub === '*' || sub === wantedSub);
}
