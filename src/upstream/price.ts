import type { Price } from '../schema/price-config.ts';
import type { TokenCounts } from '../schema/inference.ts';
import type { UpstreamRequest } from './upstream.ts';

export type { Price } from '../schema/price-config.ts';

/** Tokens of a call; what is left out was not counted apart. */
export type CountedTokens = Pick<TokenCounts, 'input' | 'output'> & Partial<TokenCounts>;

/** All rates of one call, US dollars for a million tokens. */
type Rates = Record<RateName, number>;
type RateName =
  | 'inputPer1mUsd'
  | 'outputPer1mUsd'
  | 'cachedInputPer1mUsd'
  | 'cacheWritePer1mUsd'
  | 'reasoningPer1mUsd'
  | 'audioInputPer1mUsd'
  | 'audioOutputPer1mUsd';

/** What a call with these tokens costs, US dollars; null when the price or a count that it depends on is unknown. */
export function costOfTokens(
  price: Price | null | undefined,
  tokens: CountedTokens,
  serviceTier?: string | null,
): number | null {
  if (price === undefined || price === null || tokens.input === null) return null;
  const rates = ratesFor(price, tokens.input, serviceTier);
  // An embedding has no output to count.
  const output = tokens.output ?? (price.outputPer1mUsd === 0 ? 0 : null);
  if (output === null) return null;
  const cached = Math.min(tokens.cachedInput ?? 0, tokens.input);
  const audioInput = Math.min(tokens.audioInput ?? 0, tokens.input - cached);
  const reasoning = Math.min(tokens.reasoning ?? 0, output);
  const audioOutput = Math.min(tokens.audioOutput ?? 0, output - reasoning);
  return (
    ((tokens.input - cached - audioInput) * rates.inputPer1mUsd +
      cached * rates.cachedInputPer1mUsd +
      audioInput * rates.audioInputPer1mUsd +
      (output - reasoning - audioOutput) * rates.outputPer1mUsd +
      reasoning * rates.reasoningPer1mUsd +
      audioOutput * rates.audioOutputPer1mUsd) /
    1e6
  );
}

/** The most that a call with at most these tokens costs, whichever kinds they are; null without a price. */
export function mostCostOfTokens(
  price: Price | null | undefined,
  most: { input: number; output: number },
  serviceTier?: string | null,
): number | null {
  if (price === undefined || price === null) return null;
  let inputRate = 0;
  let outputRate = 0;
  const steps = [0, ...longInputOf(price, serviceTier).map(({ aboveInputTokens }) => aboveInputTokens + 1)];
  for (const input of steps) {
    if (input > most.input) continue;
    const rates = ratesFor(price, input, serviceTier);
    inputRate = Math.max(
      inputRate,
      rates.inputPer1mUsd,
      rates.cachedInputPer1mUsd,
      rates.cacheWritePer1mUsd,
      rates.audioInputPer1mUsd,
    );
    outputRate = Math.max(
      outputRate,
      rates.outputPer1mUsd,
      rates.reasoningPer1mUsd,
      rates.audioOutputPer1mUsd,
    );
  }
  return (most.input * inputRate + most.output * outputRate) / 1e6;
}

/** Tokens that frame a message (role and separators); at most 7 with the chat templates in use. */
const TOKENS_PER_MESSAGE = 8;

/** An upper bound: byte-level tokenizers make at most one token of each UTF-8 byte. */
export function worstCaseCost(price: Price | null | undefined, request: UpstreamRequest): number | null {
  let input = TOKENS_PER_MESSAGE;
  for (const { content } of request.messages) input += Buffer.byteLength(content) + TOKENS_PER_MESSAGE;
  return mostCostOfTokens(price, { input, output: request.maxOutputTokens });
}

/** The rates that hold for so many input tokens, with what is left out taken from the more general ones. */
function ratesFor(price: Price, inputTokens: number, serviceTier: string | null | undefined): Rates {
  const long = longInputOf(price, serviceTier).findLast(
    ({ aboveInputTokens }) => inputTokens > aboveInputTokens,
  );
  const tier = tierOf(price, serviceTier);
  const inputPer1mUsd = long?.inputPer1mUsd ?? tier?.inputPer1mUsd ?? price.inputPer1mUsd;
  const outputPer1mUsd = long?.outputPer1mUsd ?? tier?.outputPer1mUsd ?? price.outputPer1mUsd;
  const rate = (name: RateName, otherwise: number): number =>
    long?.[name] ?? tier?.[name] ?? price[name] ?? otherwise;
  return {
    inputPer1mUsd,
    outputPer1mUsd,
    cachedInputPer1mUsd: rate('cachedInputPer1mUsd', inputPer1mUsd),
    cacheWritePer1mUsd: rate('cacheWritePer1mUsd', inputPer1mUsd),
    reasoningPer1mUsd: rate('reasoningPer1mUsd', outputPer1mUsd),
    audioInputPer1mUsd: rate('audioInputPer1mUsd', inputPer1mUsd),
    audioOutputPer1mUsd: rate('audioOutputPer1mUsd', outputPer1mUsd),
  };
}

function tierOf(
  price: Price,
  serviceTier: string | null | undefined,
): NonNullable<Price['serviceTiers']>[string] | undefined {
  return serviceTier === null || serviceTier === undefined ? undefined : price.serviceTiers?.[serviceTier];
}

/** A tier's own steps, else those of the common price unless the tier has rates of its own. */
function longInputOf(price: Price, serviceTier: string | null | undefined): NonNullable<Price['longInput']> {
  const tier = tierOf(price, serviceTier);
  return (tier === undefined ? price.longInput : tier.longInput) ?? [];
}
