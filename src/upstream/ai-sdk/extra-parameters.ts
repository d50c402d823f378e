import type { JSONObject, JSONValue, SharedV4ProviderOptions } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import type { ProviderKind } from './provider-profile.ts';
import { unsupported } from './wire-refusal.ts';

/** A parameter that only some providers know, each by a name of its own. */
interface ExtraParameter {
  /** What becomes of the answer when it is left out. */
  readonly withoutIt: 'same-answer' | 'other-answer';
  readonly names?: Partial<Record<ProviderKind, string>>;
}

const openAi = (name: string): Partial<Record<ProviderKind, string>> => ({
  'openai-chat': name,
  'openai-responses': name,
});

const EXTRA_PARAMETERS: Readonly<Record<string, ExtraParameter>> = {
  user: {
    withoutIt: 'same-answer',
    names: { ...openAi('user'), 'openai-compatible': 'user', anthropic: 'metadata.userId' },
  },
  safety_identifier: {
    withoutIt: 'same-answer',
    names: { ...openAi('safetyIdentifier'), anthropic: 'metadata.userId' },
  },
  metadata: { withoutIt: 'same-answer', names: openAi('metadata') },
  store: { withoutIt: 'same-answer', names: openAi('store') },
  service_tier: { withoutIt: 'same-answer', names: openAi('serviceTier') },
  prompt_cache_key: { withoutIt: 'same-answer', names: openAi('promptCacheKey') },
  prompt_cache_retention: { withoutIt: 'same-answer', names: openAi('promptCacheRetention') },
  prediction: { withoutIt: 'same-answer', names: { 'openai-chat': 'prediction' } },
  max_tool_calls: { withoutIt: 'same-answer', names: { 'openai-responses': 'maxToolCalls' } },
  reasoning_summary: { withoutIt: 'same-answer', names: { 'openai-responses': 'reasoningSummary' } },
  verbosity: {
    withoutIt: 'other-answer',
    names: { ...openAi('textVerbosity'), 'openai-compatible': 'textVerbosity' },
  },
  logit_bias: { withoutIt: 'other-answer', names: { 'openai-chat': 'logitBias' } },
  previous_response_id: { withoutIt: 'other-answer', names: { 'openai-responses': 'previousResponseId' } },
  conversation: { withoutIt: 'other-answer', names: { 'openai-responses': 'conversation' } },
  truncation: { withoutIt: 'other-answer', names: { 'openai-responses': 'truncation' } },
  audio: { withoutIt: 'other-answer' },
  background: { withoutIt: 'other-answer' },
  function_call: { withoutIt: 'other-answer' },
  functions: { withoutIt: 'other-answer' },
  modalities: { withoutIt: 'other-answer' },
  prompt: { withoutIt: 'other-answer' },
  web_search_options: { withoutIt: 'other-answer' },
};

/** Values that ask for what happens anyway. */
const ASKS_NOTHING: Readonly<Record<string, (value: unknown) => boolean>> = {
  background: (value) => value === false,
  modalities: (value) => JSON.stringify(value) === '["text"]',
  truncation: (value) => value === 'disabled',
};

/**
 * Options of the provider for all parameters that are not translated otherwise. One that a provider does not know is
 * refused when the answer would be another without it, and otherwise left out with a warning.
 */
export function extraOptions(extras: Readonly<Record<string, unknown>>, context: CallContext): JSONObject {
  const options: Record<string, JSONValue> = {};
  for (const [param, value] of Object.entries(extras)) {
    if (value === undefined || value === null || ASKS_NOTHING[param]?.(value) === true) continue;
    const name = optionName(param, context);
    if (name === 'metadata.userId') options['metadata'] = { userId: value as JSONValue };
    else if (name !== null) options[name] = value as JSONValue;
  }
  return options;
}

function optionName(param: string, { profile, warnings }: CallContext): string | null {
  const known = Object.hasOwn(EXTRA_PARAMETERS, param) ? EXTRA_PARAMETERS[param] : undefined;
  const name = known?.names?.[profile.kind];
  if (name !== undefined) return name;
  // Such a model puts options it does not know into the request as they are.
  if (profile.kind === 'openai-compatible') return param;
  if (known?.withoutIt === 'other-answer') throw unsupported(param, `${profile.name} has nothing like it.`);
  warnings.push(`${param}: ${profile.name} does not know it; it was left out`);
  return null;
}

/** The provider's options with those that the client named itself, which win. */
export function providerOptionsOf(
  own: JSONObject,
  asked: Record<string, Record<string, unknown>> | null | undefined,
  { profile: { optionsKey } }: CallContext,
): { providerOptions?: SharedV4ProviderOptions } {
  const merged = { ...(asked as SharedV4ProviderOptions | null | undefined) };
  if (Object.keys(own).length > 0) merged[optionsKey] = { ...own, ...merged[optionsKey] };
  return Object.keys(merged).length === 0 ? {} : { providerOptions: merged };
}
