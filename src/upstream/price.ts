import type { UpstreamRequest } from './upstream.ts';

/** US dollars for a million tokens in each direction. */
export interface Price {
  inputPer1mUsd: number;
  outputPer1mUsd: number;
}

/** What a call with these tokens costs; null when the price or a count is unknown. */
export function costOfTokens(
  price: Price | undefined,
  tokens: { inputTokens: number | null; outputTokens: number | null },
): number | null {
  if (price === undefined || tokens.inputTokens === null || tokens.outputTokens === null) return null;
  return (tokens.inputTokens * price.inputPer1mUsd + tokens.outputTokens * price.outputPer1mUsd) / 1e6;
}

/** Tokens that frame a message (role and separators); at most 7 with the chat templates in use. */
const TOKENS_PER_MESSAGE = 8;

/** An upper bound: byte-level tokenizers make at most one token of each UTF-8 byte. */
export function worstCaseCost(price: Price | undefined, request: UpstreamRequest): number | null {
  let inputTokens = TOKENS_PER_MESSAGE;
  for (const { content } of request.messages) inputTokens += Buffer.byteLength(content) + TOKENS_PER_MESSAGE;
  return costOfTokens(price, { inputTokens, outputTokens: request.maxOutputTokens });
}
