import type { LanguageModelV4Usage } from '@ai-sdk/provider';
import type { TokenCounts } from '../../schema/inference.ts';
import { tokenCountsOf } from '../../protocol/token-counts.ts';
import { isRecord } from '../../util/is-record.ts';

/** Tokens as the provider counted them; what it did not say stays null, though some AI SDK providers put 0 there. */
export function tokensOf(usage: LanguageModelV4Usage | undefined): TokenCounts {
  return openAiTokens(usage?.raw) ?? sdkTokens(usage);
}

/** Usage in chat completions; what is unknown is absent, and so is the whole when nothing is known. */
export function chatUsage(tokens: TokenCounts): Record<string, unknown> | undefined {
  if (tokens.input === null && tokens.output === null) return undefined;
  return {
    ...known('prompt_tokens', tokens.input),
    ...known('completion_tokens', tokens.output),
    ...total(tokens),
    ...details('prompt_tokens_details', {
      cached_tokens: tokens.cachedInput,
      audio_tokens: tokens.audioInput,
    }),
    ...details('completion_tokens_details', {
      reasoning_tokens: tokens.reasoning,
      audio_tokens: tokens.audioOutput,
    }),
  };
}

/** Usage in responses, by the same rules. */
export function responsesUsage(tokens: TokenCounts): Record<string, unknown> | undefined {
  if (tokens.input === null && tokens.output === null) return undefined;
  return {
    ...known('input_tokens', tokens.input),
    ...details('input_tokens_details', { cached_tokens: tokens.cachedInput }),
    ...known('output_tokens', tokens.output),
    ...details('output_tokens_details', { reasoning_tokens: tokens.reasoning }),
    ...total(tokens),
  };
}

/** Several answers to one request. */
export function sumOfTokens(counts: readonly TokenCounts[]): TokenCounts {
  const sum = (key: keyof TokenCounts): number | null =>
    counts.some((tokens) => tokens[key] === null)
      ? null
      : counts.reduce((all, tokens) => all + tokens[key]!, 0);
  return {
    input: sum('input'),
    cachedInput: sum('cachedInput'),
    audioInput: sum('audioInput'),
    output: sum('output'),
    reasoning: sum('reasoning'),
    audioOutput: sum('audioOutput'),
  };
}

function known(name: string, count: number | null): Record<string, number> {
  return count === null ? {} : { [name]: count };
}

function total({ input, output }: TokenCounts): Record<string, number> {
  return input === null || output === null ? {} : { total_tokens: input + output };
}

function details(name: string, counts: Record<string, number | null>): Record<string, unknown> {
  const present = Object.entries(counts).filter(([, count]) => count !== null);
  return present.length === 0 ? {} : { [name]: Object.fromEntries(present) };
}

/** Usage of OpenAI's two APIs, as the provider sent it. Anthropic's has the names of responses, but never their details. */
function openAiTokens(raw: unknown): TokenCounts | null {
  if (!isRecord(raw)) return null;
  const isOpenAis = ['prompt_tokens', 'completion_tokens', 'input_tokens_details', 'output_tokens_details'];
  return isOpenAis.some((name) => name in raw) ? tokenCountsOf(raw) : null;
}

/** Models written for earlier AI SDKs report bare numbers where version 4 has objects. */
function sdkTokens(usage: LanguageModelV4Usage | undefined): TokenCounts {
  const input: unknown = usage?.inputTokens;
  const output: unknown = usage?.outputTokens;
  return {
    input: countOf(isRecord(input) ? input['total'] : input),
    cachedInput: countOf(isRecord(input) ? input['cacheRead'] : undefined),
    audioInput: null,
    output: countOf(isRecord(output) ? output['total'] : output),
    reasoning: countOf(isRecord(output) ? output['reasoning'] : undefined),
    audioOutput: null,
  };
}

function countOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
