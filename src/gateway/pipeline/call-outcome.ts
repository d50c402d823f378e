import { UNKNOWN_TOKENS } from '../../protocol/token-counts.ts';
import type { InferenceSummary, TokenCounts } from '../../schema/inference.ts';
import { serviceTierOf } from '../access/most-tokens.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Target } from '../call-router.ts';
import type { CostOf } from './call-hooks.ts';
import type { GatewayCall } from './gateway-call.ts';
import type { AttemptResult } from './attempt-result.ts';
import { targetName } from './target-name.ts';

/** How a call ended for its client. */
export interface CallOutcome {
  /** HTTP status that the client got; 499 when it left before. */
  readonly status: number;
  readonly target: Target | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly tokens: TokenCounts | null;
  readonly responseId: string | null;
  readonly firstContentMs: number | null;
  /** As in `CostOf`. */
  readonly upstreamUsd?: number | null;
}

/** What the last attempt's result means for the client. */
export function outcomeOf(call: GatewayCall, target: Target | null, result: AttemptResult): CallOutcome {
  switch (result.kind) {
    case 'whole': {
      const { tokens, responseId, answer, upstreamUsd } = result;
      const facts = { tokens, responseId, firstContentMs: null };
      const spent = upstreamUsd === undefined ? {} : { upstreamUsd };
      return { status: answer.status, target, error: null, ...facts, ...spent };
    }
    case 'streamed': {
      const { status, cut, tokens, responseId, firstContentMs } = result;
      return { status, target, error: cut, tokens, responseId, firstContentMs };
    }
    case 'failed': {
      const { answer, code, message } = result.failure;
      const error = { code, message };
      return {
        status: answer.status,
        target: null,
        error,
        tokens: null,
        responseId: null,
        firstContentMs: null,
      };
    }
    case 'left': {
      const { tokens, responseId, firstContentMs } = result;
      const asked = call.attempts.length > 0 ? target : null;
      return { status: 499, target: asked, error: CLIENT_LEFT, tokens, responseId, firstContentMs };
    }
    default:
      return result satisfies never;
  }
}

const CLIENT_LEFT = { code: 'client_left', message: 'The client left before it was answered.' };

/** All that is known of a finished call besides its contents. */
export function summaryOf(
  call: GatewayCall,
  {
    facts,
    key,
    outcome,
    costOf,
  }: { facts: CallFacts | null; key: string | null; outcome: CallOutcome; costOf: CostOf },
): InferenceSummary {
  const { target, error, responseId, firstContentMs, upstreamUsd } = outcome;
  const tokens = outcome.tokens ?? UNKNOWN_TOKENS;
  const durationMs = call.attempts.at(-1)?.durationMs ?? 0;
  const spent = upstreamUsd === undefined ? {} : { upstreamUsd };
  const serviceTier = facts === null ? null : serviceTierOf(facts);
  return {
    id: call.id,
    at: new Date(call.atMs).toISOString(),
    endpoint: call.endpoint,
    task: facts?.task ?? null,
    model: facts?.model ?? '',
    target: target === null ? null : targetName(target),
    answeredAs: target === null ? null : target.kind === 'own' ? target.answeredAs : 'upstream',
    shadowOf: null,
    user: facts?.user ?? null,
    group: facts?.group ?? null,
    tags: facts?.tags ?? {},
    key,
    requestId: call.requestId,
    responseId,
    status: outcome.status,
    error,
    stream: facts?.stream ?? false,
    attempts: call.attempts,
    durationMs: call.elapsedMs,
    firstContentMs,
    tokens,
    costUsd: target === null ? null : costOf({ target, tokens, durationMs, serviceTier, ...spent }),
  };
}
