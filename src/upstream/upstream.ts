import type { Purse } from './purse.ts';

/** One call to a language model somebody else trained. */
export interface UpstreamRequest {
  messages: readonly UpstreamMessage[];
  maxOutputTokens: number;
  /** User texts in it, shown examples too; not sent: by them a remembered answer is found again when a text is erased. */
  mentions?: readonly string[];
  /** 0 for classification, so that equal calls get equal answers where the provider allows it. */
  temperature: number;
}

/** One turn of the conversation that is sent. */
export interface UpstreamMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

/** What came back. */
export interface UpstreamResponse {
  text: string;
  /** Tokens as the provider counted them; null when it did not say. */
  inputTokens: number | null;
  outputTokens: number | null;
  /** null when the price or the tokens are unknown. */
  costUsd: number | null;
  /** Wall time of the call that was really made, milliseconds; of the original call when `cached`. */
  durationMs: number;
  cached: boolean;
}

export interface UpstreamCallOptions {
  signal?: AbortSignal;
  /** Neither read nor write the call cache. */
  fresh?: boolean;
  /** Each attempt reserves its worst case here before it is made and settles afterwards; a full purse is a refusal. */
  purse?: Purse;
}

/** A language model to call: rated, retried, cached and priced. Throws HomegrownError `upstream/…` when it finally fails. */
export interface Upstream {
  readonly name: string;
  readonly modelId: string;
  /** Whether its price is in the config. */
  readonly priced: boolean;
  /** Calls it makes at the same time; more callers wait. */
  readonly concurrency: number;
  readonly requestsPerMinute: number;
  complete(request: UpstreamRequest, options?: UpstreamCallOptions): Promise<UpstreamResponse>;
  /** The most one attempt of this call can cost; null without a price. */
  worstCaseUsd(request: UpstreamRequest): number | null;
  /** What real calls through this object have cost so far; null once one of unknown price was made. */
  readonly spentUsd: number | null;
}

/** The config's upstreams by name. */
export interface UpstreamSet {
  readonly names: readonly string[];
  /** Throws `upstream/unknown` with the nearest name. */
  get(name: string): Upstream;
}
