import type {
  LanguageModelV4Content,
  LanguageModelV4GenerateResult,
  SharedV4ProviderMetadata,
} from '@ai-sdk/provider';
import { randomUUID } from 'node:crypto';
import { chatFinish } from './finish-reason.ts';
import { ModelFailure } from './model-failure.ts';
import { isRecord } from '../../util/is-record.ts';
import { chatUsage, sumOfTokens, tokensOf } from './wire-tokens.ts';

/** What an answer says of itself besides its content. */
export interface AnswerIdentity {
  id: string;
  /** Seconds since 1970. */
  created: number;
  model: string;
}

/** The provider's id, time and model where it gave them. */
export function identityOf(
  response:
    | { id?: string | undefined; timestamp?: Date | undefined; modelId?: string | undefined }
    | undefined,
  { prefix, model }: { prefix: string; model: string },
): AnswerIdentity {
  return {
    id: response?.id ?? `${prefix}${randomUUID().replaceAll('-', '')}`,
    created: Math.floor((response?.timestamp?.getTime() ?? Date.now()) / 1000),
    model: response?.modelId ?? model,
  };
}

/** One or several answers of a model as the body of a chat completion. Throws `ModelFailure` for one that is not whole. */
export function chatAnswer(
  results: readonly LanguageModelV4GenerateResult[],
  { model, wantsLogprobs }: { model: string; wantsLogprobs: boolean },
): Record<string, unknown> {
  const usage = chatUsage(sumOfTokens(results.map((result) => tokensOf(result.usage))));
  return {
    ...identified('chat.completion', identityOf(results[0]!.response, { prefix: 'chatcmpl-', model })),
    choices: results.map((result, index) => ({
      index,
      message: messageOf(result.content),
      logprobs: wantsLogprobs ? logprobsOf(result.providerMetadata) : null,
      finish_reason: chatFinish(result.finishReason),
    })),
    ...(usage === undefined ? {} : { usage }),
  };
}

/** The fields every body and every part of a stream starts with. */
export function identified(object: string, { id, created, model }: AnswerIdentity): Record<string, unknown> {
  return { id, object, created, model };
}

function messageOf(content: readonly LanguageModelV4Content[]): Record<string, unknown> {
  const text = joined(content, 'text');
  const reasoning = joined(content, 'reasoning');
  const calls = content.flatMap((part) =>
    part.type === 'tool-call' && part.providerExecuted !== true ? [part] : [],
  );
  const images = content.flatMap((part) => (part.type === 'file' ? [imageOf(part)] : []));
  const annotations = content.flatMap((part) => (part.type === 'source' ? annotationOf(part) : []));
  return {
    role: 'assistant',
    content: text === '' && calls.length > 0 ? null : text,
    refusal: null,
    ...(reasoning === '' ? {} : { reasoning_content: reasoning }),
    ...(annotations.length === 0 ? {} : { annotations }),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map(({ toolCallId: id, toolName: name, input }) => ({
            id,
            type: 'function',
            function: { name, arguments: input },
          })),
        }),
  };
}

function joined(content: readonly LanguageModelV4Content[], type: 'text' | 'reasoning'): string {
  return content.map((part) => (part.type === type ? part.text : '')).join('');
}

/** A picture in an answer, where other gateways put it too; OpenAI's chat completions have no place for one. */
export function imageOf(file: Extract<LanguageModelV4Content, { type: 'file' }>): Record<string, unknown> {
  if (!file.mediaType.startsWith('image/')) {
    const message = `the model answered with a file of type ${file.mediaType}, which a chat completion cannot hold`;
    throw new ModelFailure({ code: 'not-translatable', message });
  }
  const { data } = file;
  const url =
    data.type === 'url'
      ? data.url.toString()
      : `data:${file.mediaType};base64,${typeof data.data === 'string' ? data.data : Buffer.from(data.data).toString('base64')}`;
  return { type: 'image_url', image_url: { url } };
}

/** Where an answer's facts are from; documents without an address have no place in OpenAI's annotations. */
export function annotationOf(
  source: Extract<LanguageModelV4Content, { type: 'source' }>,
): Record<string, unknown>[] {
  if (source.sourceType !== 'url') return [];
  const { url, title } = source;
  return [{ type: 'url_citation', url_citation: { url, ...(title === undefined ? {} : { title }) } }];
}

/** OpenAI's log-probabilities, which its AI SDK provider keeps in its metadata: a list, or a list for each part. */
export function logprobsOf(
  metadata: SharedV4ProviderMetadata | undefined,
): { content: unknown[]; refusal: null } | null {
  for (const ofProvider of Object.values(metadata ?? {})) {
    const logprobs: unknown = ofProvider['logprobs'];
    if (!Array.isArray(logprobs) || logprobs.length === 0) continue;
    return { content: logprobs.flat().map(logprobWithBytes), refusal: null };
  }
  return null;
}

/** Bytes are part of OpenAI's form and not of the provider's. */
function logprobWithBytes(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  const top = entry['top_logprobs'];
  return {
    bytes: null,
    ...entry,
    top_logprobs: Array.isArray(top) ? top.map((one) => ({ bytes: null, ...(one as object) })) : [],
  };
}
