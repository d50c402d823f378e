import { readPlainAnswer } from '../../protocol/plain-answer.ts';
import type { ProviderError } from '../../protocol/provider-error.ts';
import { spliceRequest } from '../../protocol/splice-request.ts';
import { streamReaderFor } from '../../protocol/stream-reader-for.ts';
import type { ServingConfig } from '../../schema/serving-config.ts';
import type { ServedUpstream } from '../../upstream/open-wire-upstreams.ts';
import type { WireRequest } from '../../upstream/wire-upstream.ts';
import type { CallFacts } from '../call-facts.ts';
import type { AttemptResult, HeldAnswer, TargetFailure } from './attempt-result.ts';
import type { GatewayCall } from './gateway-call.ts';
import { PlainAttempt } from './plain-attempt.ts';
import { StreamAttempt } from './stream-attempt.ts';
import { typedAs } from './typed-as.ts';
import { clientWords, errorObjectFailure, statusFailure, upstreamFailure } from './target-failure.ts';

/** What one attempt at an upstream needs to know. */
export interface UpstreamAttemptOptions {
  call: GatewayCall;
  facts: CallFacts;
  served: ServedUpstream;
  /** The provider's name of the model. */
  model: string;
  /** The client's headers that pass. */
  headers: Record<string, string | string[]>;
  /** `<upstream>/<its model>`. */
  target: string;
  /** The answer is captured. */
  keeps: boolean;
  /** The end of the answer waits until the call is kept. */
  holdsEnd: boolean;
}

/** One try to get an answer from an upstream. */
export class UpstreamAttempt {
  readonly call: GatewayCall;
  readonly upstream: string;
  readonly serving: ServingConfig;
  readonly keeps: boolean;
  readonly holdsEnd: boolean;
  /** The usage of the stream was asked for by us alone. */
  readonly addedUsage: boolean;
  readonly #options: UpstreamAttemptOptions;

  constructor(options: UpstreamAttemptOptions) {
    const { call, facts, served, keeps, holdsEnd } = options;
    this.call = call;
    this.upstream = served.wire.name;
    this.serving = served.serving;
    this.keeps = keeps;
    this.holdsEnd = holdsEnd;
    this.addedUsage = served.serving.streamUsage && wantsUsageAdded(facts);
    this.#options = options;
  }

  run(): Promise<AttemptResult> {
    const { facts, served } = this.#options;
    const reader = facts.stream ? streamReaderFor(facts.endpoint, facts.request) : null;
    return new Promise((resolve) => {
      const attempt =
        reader === null ? new PlainAttempt(this, resolve) : new StreamAttempt(this, reader, resolve);
      attempt.begin((handler) => served.wire.send(this.#request(), handler));
    });
  }

  /** The headers of a good stream, as the client gets them. */
  clientHeaders(headers: HeldAnswer['headers']): Record<string, string | string[]> {
    const typed = typedAs(headers, 'text/event-stream');
    return { ...typed, ...this.call.ownHeaders(this.#options.target, headers) };
  }

  /** A whole body where a stream was expected, or one that is no good answer. `otherwise`: the failure when it holds no error. */
  failureOfPlain(answer: HeldAnswer, otherwise: string): TargetFailure {
    if (answer.status < 200 || answer.status >= 300) return statusFailure(this.upstream, answer);
    const read = readPlainAnswer(this.call.endpoint, answer.body);
    if (read.kind === 'error') return errorObjectFailure(answer, read.error);
    const message = read.kind === 'malformed' ? read.why : 'a whole answer instead of a stream';
    return upstreamFailure(this.upstream, { code: otherwise, message }, { status: answer.status });
  }

  /** An error part before any content: the client gets it as an answer of its own. */
  failureOfError(
    error: ProviderError,
    head: { status: number; headers: HeldAnswer['headers'] },
  ): TargetFailure {
    const body = {
      error: {
        message: error.message ?? clientWords(this.upstream, 'error-part'),
        type: error.type ?? 'upstream_error',
        param: null,
        code: error.code,
      },
    };
    const headers = { ...head.headers, 'content-type': 'application/json' };
    return errorObjectFailure(
      { status: head.status, headers, body: Buffer.from(JSON.stringify(body)) },
      error,
    );
  }

  #request(): WireRequest {
    const { facts, model, headers } = this.#options;
    const { endpoint, stream } = facts;
    return {
      endpoint: endpoint as WireRequest['endpoint'],
      model,
      headers,
      body: spliceRequest(facts.body, { model, includeUsage: this.addedUsage }),
      stream,
      search: this.call.search,
    };
  }
}

function wantsUsageAdded({ endpoint, stream, request }: CallFacts): boolean {
  if (endpoint !== 'chat-completions' || !stream) return false;
  const options = request['stream_options'];
  if (options === undefined || options === null) return true;
  return typeof options === 'object' && (options as Record<string, unknown>)['include_usage'] !== true;
}
