import { ApiError } from '../api-error.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Target } from '../call-router.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { ModelDirectory } from '../resolve-model.ts';
import type { AttemptResult, TargetFailure } from './attempt-result.ts';
import type { GatewayCall } from './gateway-call.ts';
import { attemptOwn } from './own-attempt.ts';
import { passedHeaders } from './passed-headers.ts';
import { clientCode } from './target-failure.ts';
import { targetName } from './target-name.ts';
import { UpstreamAttempt } from './upstream-attempt.ts';

/** What the attempts of one call share. */
export interface TryOptions {
  call: GatewayCall;
  facts: CallFacts;
  directory: ModelDirectory;
  log: GatewayLog;
  /** The client's `authorization` is for the provider. */
  keepsKey: boolean;
  keeps: boolean;
  holdsEnd: boolean;
  /** First pause between attempts, milliseconds. */
  backoffMs: number;
}

/** How the attempts of a call ended, and at whom. */
export interface TryResult {
  readonly target: Target | null;
  readonly result: AttemptResult;
  /** Whether anybody was asked who may charge for it. */
  readonly perhapsBilled: boolean;
  /** Whether that is so of an attempt before the last one. */
  readonly earlierBilled: boolean;
}

/** Asks the targets in their order, each as often as its upstream allows, until one answers, the client leaves or none is left. */
export async function tryTargets(targets: readonly Target[], options: TryOptions): Promise<TryResult> {
  const { call } = options;
  let earlierBilled = false;
  let last: { target: Target; result: AttemptResult } | null = null;
  for (const target of targets) {
    for (let tries = 0; ; tries++) {
      if (call.hasLeft) return { target, result: LEFT, perhapsBilled: earlierBilled, earlierBilled };
      const result = await attemptAt(target, options);
      last = { target, result };
      if (result.kind !== 'failed') return { ...last, perhapsBilled: true, earlierBilled };
      const { failure } = result;
      if (!failure.fallsBack)
        return { ...last, perhapsBilled: earlierBilled || failure.perhapsBilled, earlierBilled };
      earlierBilled ||= failure.perhapsBilled;
      const pause = pauseBefore(tries, target, failure, options);
      if (pause === null) break;
      await call.sleep(pause);
    }
  }
  return { ...last!, perhapsBilled: earlierBilled, earlierBilled };
}

const LEFT: AttemptResult = {
  kind: 'left',
  status: null,
  firstContentMs: null,
  bytes: null,
  tokens: null,
  responseId: null,
};

/** One attempt, noted. */
async function attemptAt(target: Target, options: TryOptions): Promise<AttemptResult> {
  const startedAt = performance.now();
  const result = await (target.kind === 'own'
    ? attemptOwn({ ...options, target })
    : attemptUpstream(target, options));
  options.call.attempts.push({
    target: targetName(target),
    status: statusOf(result),
    failure: failureOf(result),
    durationMs: performance.now() - startedAt,
  });
  return result;
}

function attemptUpstream(
  target: Extract<Target, { kind: 'upstream' }>,
  options: TryOptions,
): Promise<AttemptResult> {
  const { call, facts, directory, keepsKey, keeps, holdsEnd } = options;
  const served = directory.upstreams.get(target.upstream);
  if (served === undefined || !served.wire.answers(facts.endpoint))
    return Promise.resolve({ kind: 'failed', failure: cannotAnswer(target.upstream, facts) });
  const { traceParent } = call;
  const startsTrace = traceParent !== null && facts.traceParent === null;
  const headers = passedHeaders(call.incoming, { keepsKey, traceParent, startsTrace });
  const { model } = target;
  return new UpstreamAttempt({
    call,
    facts,
    served,
    model,
    headers,
    target: targetName(target),
    keeps,
    holdsEnd,
  }).run();
}

function cannotAnswer(upstream: string, { endpoint }: CallFacts): TargetFailure {
  const message = `The upstream ${JSON.stringify(upstream)} does not answer ${endpoint}.`;
  const code = 'unsupported-endpoint';
  return {
    code,
    message,
    status: null,
    isRetryable: false,
    fallsBack: true,
    askedMs: null,
    perhapsBilled: false,
    answer: new ApiError({ status: 400, code: clientCode(code), message, param: 'model' }),
  };
}

/**
 * Milliseconds until the same target is asked again; null: it is not. What it asked for and up to a tenth more, or any time up to
 * `backoffMs · 2^tries` (full jitter: callers that failed together do not come back together).
 */
function pauseBefore(
  tries: number,
  target: Target,
  failure: TargetFailure,
  options: TryOptions,
): number | null {
  if (target.kind === 'own' || !failure.isRetryable) return null;
  const { retries, maxPauseMs } = options.directory.upstreams.get(target.upstream)!.serving;
  if (tries >= retries) return null;
  const { askedMs } = failure;
  if (askedMs === null) return Math.random() * Math.min(maxPauseMs, options.backoffMs * 2 ** tries);
  return askedMs > maxPauseMs ? null : askedMs + Math.min(askedMs / 10, 1000) * Math.random();
}

function statusOf(result: AttemptResult): number | null {
  switch (result.kind) {
    case 'whole':
      return result.answer.status;
    case 'failed':
      return result.failure.status;
    default:
      return result.status;
  }
}

function failureOf(result: AttemptResult): string | null {
  switch (result.kind) {
    case 'failed':
      return result.failure.code;
    case 'streamed':
      return result.cut?.code ?? null;
    case 'left':
      return 'client-left';
    default:
      return null;
  }
}
