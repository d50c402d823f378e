import type { LanguageModelV4CallOptions, LanguageModelV4FilePart } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';

/** Options as model objects of AI SDK 5 and 6 expect them: their file parts hold the data itself. */
export function optionsFor(
  options: LanguageModelV4CallOptions,
  { profile }: CallContext,
): LanguageModelV4CallOptions {
  if (profile.isCurrent) return options;
  const prompt = options.prompt.map((message) =>
    message.role !== 'user'
      ? message
      : {
          ...message,
          content: message.content.map((part) => (part.type === 'file' ? olderFilePart(part) : part)),
        },
  );
  return { ...options, prompt: prompt as LanguageModelV4CallOptions['prompt'] };
}

function olderFilePart(part: LanguageModelV4FilePart): object {
  const { data } = part;
  const mediaType = part.mediaType.includes('/') ? part.mediaType : `${part.mediaType}/*`;
  return { ...part, mediaType, data: data.type === 'data' ? data.data : data.type === 'url' ? data.url : '' };
}
