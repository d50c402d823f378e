import type { JSONObject, LanguageModelV4CallOptions } from '@ai-sdk/provider';
import type { CallContext } from './call-context.ts';
import { malformed, unsupported } from './wire-refusal.ts';

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

/** Options with a value alone: the AI SDK tells left out from undefined. */
export function present<T extends object>(options: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}

/** How much a model thinks first. */
export function reasoningSetting(
  effort: string | null | undefined,
  param: string,
  { profile }: CallContext,
): Pick<LanguageModelV4CallOptions, 'reasoning'> {
  if (effort === undefined || effort === null) return {};
  const reasoning = EFFORTS.find((known) => known === effort);
  if (reasoning === undefined) throw malformed(param, `expected one of ${EFFORTS.join(', ')}.`);
  if (!profile.isCurrent)
    throw unsupported(param, `${profile.name} is a model object of an older AI SDK without it.`);
  return { reasoning };
}

/** A format that asks for JSON. */
export interface JsonFormat {
  name?: string | undefined;
  description?: string | null | undefined;
  schema?: Record<string, unknown> | undefined;
  strict?: boolean | null | undefined;
}

/** The answer's format; OpenAI's default for `strict` is false, that of its AI SDK provider is true. */
export function jsonFormatSetting(
  format: JsonFormat | null,
  { profile: { kind } }: CallContext,
): { setting: Pick<LanguageModelV4CallOptions, 'responseFormat'>; options: JSONObject } {
  if (format === null) return { setting: {}, options: {} };
  const { name, description, schema } = format;
  const isOpenAi = kind !== 'anthropic' && kind !== 'other';
  return {
    setting: { responseFormat: { type: 'json', ...present({ name, description, schema }) } },
    options: schema !== undefined && isOpenAi ? { strictJsonSchema: format.strict ?? false } : {},
  };
}

/** Whether several tools may be called at once; only a "no" must be told. */
export function parallelOptions(
  parallel: boolean | null | undefined,
  hasTools: boolean,
  { profile: { kind, name } }: CallContext,
): JSONObject {
  if (parallel === undefined || parallel === null || !hasTools) return {};
  if (kind === 'openai-chat' || kind === 'openai-responses') return { parallelToolCalls: parallel };
  if (kind === 'openai-compatible') return { parallel_tool_calls: parallel };
  if (parallel) return {};
  if (kind === 'anthropic') return { disableParallelToolUse: true };
  throw unsupported('parallel_tool_calls', `${name} cannot be kept from calling several tools at once.`);
}

/** Log-probabilities, which only OpenAI's own models give. */
export function logprobOptions(
  asked: { logprobs: boolean; top: number | null | undefined },
  { profile: { kind, name } }: CallContext,
): JSONObject {
  if (!asked.logprobs) return {};
  if (kind !== 'openai-chat' && kind !== 'openai-responses') {
    throw unsupported('logprobs', `${name} gives no log-probabilities.`);
  }
  return { logprobs: (asked.top ?? 0) > 0 ? asked.top! : true };
}
