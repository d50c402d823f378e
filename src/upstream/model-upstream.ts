import type { LanguageModelV4GenerateResult } from '@ai-sdk/provider';
import type { UpstreamConfig } from '../schema/config.ts';
import { attemptFailure, cutOffFailure, type AttemptFailure, timeOutFailure } from './attempt-failure.ts';
import { callCache, type CachedCall } from './call-cache.ts';
import { DeadlineError, withDeadline } from './deadline.ts';
import { connectModel, type ConnectedModel, type Dialect } from './language-model.ts';
import { costOfTokens, type CountedTokens, type Price, worstCaseCost } from './price.ts';
import type { Purse, Settle } from './purse.ts';
import { RequestLimits } from './request-limits.ts';
import { retryDelayMs, sleep } from './retry-delay.ts';
import type { Upstream, UpstreamCallOptions, UpstreamRequest, UpstreamResponse } from './upstream.ts';
import { withoutThinking } from './without-thinking.ts';

/** After so many calls in a row that failed for good, each further one gets a single attempt until one succeeds. */
const FAILURES_UNTIL_NO_RETRY = 3;

/** What an upstream is made of. */
export interface ModelUpstreamOptions {
  name: string;
  config: UpstreamConfig;
  /** Of its model; null when nobody knows. */
  price: Price | null;
  cacheDir: string;
  environment: NodeJS.ProcessEnv;
  /** First pause of the exponential back-off, milliseconds. */
  backoffMs: number;
}

/** The one path for addresses and AI SDK model objects: cache, purse, limits, time-out, retries. */
export class ModelUpstream implements Upstream {
  readonly name: string;
  readonly modelId: string;
  readonly priced: boolean;
  readonly concurrency: number;
  readonly requestsPerMinute: number;
  readonly #options: ModelUpstreamOptions;
  readonly #limits: RequestLimits;
  readonly #dialect: Dialect = { completionTokens: false, noTemperature: false };
  #connected: ConnectedModel | undefined;
  #failuresInARow = 0;
  #spentUsd: number | null = 0;

  constructor(options: ModelUpstreamOptions) {
    const { name, config } = options;
    this.name = name;
    this.modelId = 'baseUrl' in config ? config.model : config.model.modelId;
    this.priced = options.price !== null;
    this.concurrency = config.concurrency;
    this.requestsPerMinute = config.requestsPerMinute;
    this.#options = options;
    this.#limits = new RequestLimits(config);
  }

  get spentUsd(): number | null {
    return this.#spentUsd;
  }

  worstCaseUsd(request: UpstreamRequest): number | null {
    return worstCaseCost(this.#options.price, request);
  }

  async complete(request: UpstreamRequest, options: UpstreamCallOptions = {}): Promise<UpstreamResponse> {
    options.signal?.throwIfAborted();
    const connected = this.#connect();
    if (options.fresh === true) return this.#answer(await this.#call(connected, request, options), false);
    const cache = callCache(this.#options.cacheDir, connected.identity);
    const replay = await cache.read(request);
    if (replay !== null) return this.#answer(replay, true);
    const call = await this.#call(connected, request, options);
    await cache.write(request, call);
    return this.#answer(call, false);
  }

  /** When first needed, so that a missing key stops only those who call this upstream. */
  #connect(): ConnectedModel {
    this.#connected ??= connectModel({ ...this.#options, dialect: this.#dialect });
    return this.#connected;
  }

  #answer(call: CachedCall, cached: boolean): UpstreamResponse {
    const { text, inputTokens, outputTokens, durationMs } = call;
    const costUsd = costOfTokens(this.#options.price, countsOf(call));
    return { text, inputTokens, outputTokens, durationMs, costUsd, cached };
  }

  async #call(
    connected: ConnectedModel,
    request: UpstreamRequest,
    options: UpstreamCallOptions,
  ): Promise<CachedCall> {
    for (let retry = 0; ; retry++) {
      const dialect = { ...this.#dialect };
      const result = await this.#attempt(connected, request, options);
      if (!('error' in result)) {
        this.#failuresInARow = 0;
        return result;
      }
      if (this.#learnDialect(result, dialect)) continue;
      if (!result.retryable || retry >= this.#retriesLeft()) {
        this.#failuresInARow += 1;
        throw result.error;
      }
      await this.#pause(result, retry, options.signal);
    }
  }

  #retriesLeft(): number {
    return this.#failuresInARow >= FAILURES_UNTIL_NO_RETRY ? 0 : this.#options.config.maxRetries;
  }

  async #pause({ askedMs }: AttemptFailure, retry: number, signal: AbortSignal | undefined): Promise<void> {
    if (askedMs !== null) this.#limits.pauseUntil(performance.now() + askedMs);
    const delay = retryDelayMs({ retry, baseMs: this.#options.backoffMs, askedMs, random: Math.random });
    await sleep(delay, signal);
  }

  async #attempt(
    connected: ConnectedModel,
    request: UpstreamRequest,
    options: UpstreamCallOptions,
  ): Promise<CachedCall | AttemptFailure> {
    const leave = await this.#limits.enter(options.signal);
    try {
      const settle = await this.#reserve(request, options.purse, options.signal);
      return await this.#generate(connected, request, { settle, signal: options.signal });
    } finally {
      leave();
    }
  }

  /** Settling also counts what this upstream has spent. */
  async #reserve(
    request: UpstreamRequest,
    purse: Purse | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Settle> {
    const settlePurse = await purse?.reserve(this.worstCaseUsd(request), signal);
    return (costUsd) => {
      this.#spentUsd = this.#spentUsd === null || costUsd === null ? null : this.#spentUsd + costUsd;
      settlePurse?.(costUsd);
    };
  }

  async #generate(
    connected: ConnectedModel,
    request: UpstreamRequest,
    { settle, signal }: { settle: Settle; signal: AbortSignal | undefined },
  ): Promise<CachedCall | AttemptFailure> {
    const upstream = { name: this.name, connected };
    const { price, config } = this.#options;
    const { timeoutMs } = config;
    const started = performance.now();
    try {
      const result = await withDeadline((ends) => generate(connected, request, ends), { timeoutMs, signal });
      const call = { ...tokensOf(result), text: textOf(result), durationMs: performance.now() - started };
      settle(costOfTokens(price, countsOf(call)));
      const cutOff = withoutThinking(call.text).trim() === '' && finishReasonOf(result) === 'length';
      return cutOff ? cutOffFailure(upstream, request.maxOutputTokens) : call;
    } catch (thrown) {
      const failure =
        thrown instanceof DeadlineError
          ? timeOutFailure(upstream, timeoutMs)
          : attemptFailure(upstream, thrown);
      const aborted = signal?.aborted === true;
      settle(failure.perhapsBilled || aborted ? this.worstCaseUsd(request) : 0);
      if (aborted) throw signal.reason;
      return failure;
    }
  }

  /** Notes which parameter the model refused; true when another attempt will differ from one made in `dialect`. */
  #learnDialect({ refusedParameter }: AttemptFailure, dialect: Dialect): boolean {
    if (refusedParameter === 'max_tokens') this.#dialect.completionTokens = true;
    if (refusedParameter === 'temperature') this.#dialect.noTemperature = true;
    return (
      dialect.completionTokens !== this.#dialect.completionTokens ||
      dialect.noTemperature !== this.#dialect.noTemperature
    );
  }
}

function generate(
  { model }: ConnectedModel,
  request: UpstreamRequest,
  abortSignal: AbortSignal,
): PromiseLike<LanguageModelV4GenerateResult> {
  const { messages, maxOutputTokens, temperature } = request;
  const prompt = messages.map(({ role, content }) =>
    role === 'system' ? { role, content } : { role, content: [{ type: 'text' as const, text: content }] },
  );
  return model.doGenerate({ prompt, maxOutputTokens, temperature, abortSignal });
}

function textOf(result: LanguageModelV4GenerateResult): string {
  return result.content.map((part) => (part.type === 'text' ? part.text : '')).join('');
}

/** Models written for earlier AI SDKs report bare numbers and strings where version 4 has objects. */
function tokensOf({ usage }: LanguageModelV4GenerateResult): Omit<CachedCall, 'text' | 'durationMs'> {
  return {
    inputTokens: countOf(usage?.inputTokens, 'total'),
    outputTokens: countOf(usage?.outputTokens, 'total'),
    cachedInputTokens: partOf(usage?.inputTokens, 'cacheRead'),
    reasoningTokens: partOf(usage?.outputTokens, 'reasoning'),
  };
}

function countsOf(call: Omit<CachedCall, 'text' | 'durationMs'>): CountedTokens {
  return {
    input: call.inputTokens,
    output: call.outputTokens,
    cachedInput: call.cachedInputTokens,
    reasoning: call.reasoningTokens,
  };
}

function partOf(tokens: unknown, part: string): number | null {
  return typeof tokens === 'object' && tokens !== null ? countOf(tokens, part) : null;
}

function countOf(tokens: unknown, part: string): number | null {
  const value =
    typeof tokens === 'object' && tokens !== null ? (tokens as Record<string, unknown>)[part] : tokens;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}

function finishReasonOf(result: LanguageModelV4GenerateResult): string {
  const reason: unknown = result.finishReason;
  return typeof reason === 'string' ? reason : result.finishReason.unified;
}
