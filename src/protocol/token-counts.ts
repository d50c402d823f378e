import type { TokenCounts } from '../schema/inference.ts';
import { isRecord } from '../util/is-record.ts';

/** Nothing is known. */
export const UNKNOWN_TOKENS: TokenCounts = {
  input: null,
  cachedInput: null,
  audioInput: null,
  output: null,
  reasoning: null,
  audioOutput: null,
};

/**
 * The counts in a `usage` object of any of OpenAI's endpoints (chat completions and embeddings count prompts and completions, responses
 * input and output); null when it is none.
 */
export function tokenCountsOf(usage: unknown): TokenCounts | null {
  if (!isRecord(usage)) return null;
  const input = recordAt(usage, 'prompt_tokens_details') ?? recordAt(usage, 'input_tokens_details');
  const output = recordAt(usage, 'completion_tokens_details') ?? recordAt(usage, 'output_tokens_details');
  return {
    input: countAt(usage, 'prompt_tokens') ?? countAt(usage, 'input_tokens'),
    cachedInput: countAt(input, 'cached_tokens'),
    audioInput: countAt(input, 'audio_tokens'),
    output: countAt(usage, 'completion_tokens') ?? countAt(usage, 'output_tokens'),
    reasoning: countAt(output, 'reasoning_tokens'),
    audioOutput: countAt(output, 'audio_tokens'),
  };
}

function recordAt(holder: Record<string, unknown>, key: string): Record<string, unknown> | undefined {
  const value = holder[key];
  return isRecord(value) ? value : undefined;
}

function countAt(holder: Record<string, unknown> | undefined, key: string): number | null {
  const value = holder?.[key];
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
