import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import {
  type JsonFormat,
  jsonFormatSetting,
  logprobOptions,
  parallelOptions,
  present,
  reasoningSetting,
} from './call-settings.ts';
import { chatPrompt } from './chat-prompt.ts';
import { type ChatBody, chatBodySchema } from './chat-schema.ts';
import { extraOptions, providerOptionsOf } from './extra-parameters.ts';
import { parseAt } from './parse-at.ts';
import { chatToolSettings } from './tool-settings.ts';

/** A chat completion ready for a model. */
export interface ChatCall {
  readonly options: LanguageModelV4CallOptions;
  readonly wantsUsage: boolean;
  readonly wantsLogprobs: boolean;
  readonly choices: number;
}

/** Translates the body of a chat completion. Throws `WireRefusal` for what this model cannot do. */
export function chatCall(body: Record<string, unknown>, context: CallContext): ChatCall {
  const request = parseAt(chatBodySchema, body, '');
  const tools = chatToolSettings(request.tools, request.tool_choice);
  const format = jsonFormatSetting(formatOf(request.response_format), context);
  const own: JSONObject = {
    ...statelessByDefault(request, context),
    ...extraOptions(extrasOf(request), context),
    ...format.options,
    ...parallelOptions(request.parallel_tool_calls, tools.tools !== undefined, context),
    ...logprobOptions({ logprobs: request.logprobs === true, top: request.top_logprobs }, context),
  };
  return {
    options: {
      prompt: chatPrompt(request.messages, context),
      ...samplingOf(request),
      ...reasoningSetting(request.reasoning_effort, 'reasoning_effort', context),
      ...format.setting,
      ...tools,
      ...providerOptionsOf(own, request.providerOptions, context),
    },
    wantsUsage: request.stream_options?.include_usage === true,
    wantsLogprobs: request.logprobs === true,
    choices: request.n ?? 1,
  };
}

function samplingOf(request: ChatBody): Partial<LanguageModelV4CallOptions> {
  const { stop } = request;
  return present({
    maxOutputTokens: request.max_completion_tokens ?? request.max_tokens,
    temperature: request.temperature,
    topP: request.top_p,
    topK: request.top_k,
    seed: request.seed,
    presencePenalty: request.presence_penalty,
    frequencyPenalty: request.frequency_penalty,
    stopSequences: typeof stop === 'string' ? [stop] : stop,
  });
}

function formatOf(format: ChatBody['response_format']): JsonFormat | null {
  if (format?.type === 'json_object') return {};
  return format?.type === 'json_schema' ? format.json_schema : null;
}

/** Chat completions are not kept by OpenAI unless asked; its responses are. */
function statelessByDefault({ store }: ChatBody, { profile: { kind } }: CallContext): JSONObject {
  return kind === 'openai-responses' && (store === undefined || store === null) ? { store: false } : {};
}

/** Translated above, or the server's own business. */
const TRANSLATED = new Set([
  ...Object.keys(chatBodySchema.shape).filter((name) => name !== 'metadata'),
  'model',
]);

function extrasOf(request: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(request).filter(([name]) => !TRANSLATED.has(name)));
}
