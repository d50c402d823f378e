import { messageOf } from '../../errors/homegrown-error.ts';
import { UNKNOWN_TOKENS } from '../../protocol/token-counts.ts';
import { AGREED_TAG } from '../../registry/gates/read-counts.ts';
import type { InferenceSummary } from '../../schema/inference.ts';
import { ApiError } from '../api-error.ts';
import { sizesOnly } from '../call-observer.ts';
import type { GatewayLog } from '../gateway-log.ts';
import { inferenceId } from '../inference-id.ts';
import type { OwnAnswer } from '../own-answer.ts';
import type { CallHooks } from '../pipeline/call-hooks.ts';
import { answerAs } from '../pipeline/own-attempt.ts';
import type { ServedModel } from '../served-model.ts';
import { labelGiven, labelIn, type ShadowCopy } from './shadow-copy.ts';

export interface ShadowAnswerOptions {
  readonly hooks: Pick<CallHooks, 'capture' | 'costOf' | 'observers'>;
  readonly log: GatewayLog;
}

/** Has a shadow answer its copy of a call and keeps what it said; returns what that cost, US dollars, null when unknown. */
export async function answerCopy(
  copy: ShadowCopy,
  model: ServedModel,
  { hooks, log }: ShadowAnswerOptions,
): Promise<number | null> {
  const atMs = Date.now();
  const startedAt = performance.now();
  const id = inferenceId(atMs);
  let upstreamUsd: number | null | undefined;
  const answered = {
    id,
    requestId: copy.summary.requestId,
    log,
    clientSignal: () => new AbortController().signal,
    spent: (usd: number | null): void => void (upstreamUsd = usd),
  };
  const { endpoint } = copy.summary;
  const outcome = await outcomeOf(
    answerAs(model, answered, { endpoint, request: { ...copy.request, stream: false } }),
  );
  const durationMs = performance.now() - startedAt;
  const costUsd = hooks.costOf({
    target: { kind: 'own', task: copy.task, version: copy.version, answeredAs: 'shadow' },
    tokens: UNKNOWN_TOKENS,
    durationMs,
    ...(upstreamUsd === undefined ? {} : { upstreamUsd }),
  });
  if (outcome !== null) {
    const facts = { id, at: new Date(atMs).toISOString(), target: model.name, durationMs, costUsd };
    await keep(copy, model, { hooks, outcome, facts });
  }
  return costUsd;
}

interface Outcome {
  readonly answer: OwnAnswer | null;
  readonly error: InferenceSummary['error'];
}

/** null: the request is one that no own model answers, which says nothing of this one. */
async function outcomeOf(answering: Promise<OwnAnswer>): Promise<Outcome | null> {
  try {
    return { answer: await answering, error: null };
  } catch (error) {
    if (error instanceof ApiError && error.status < 500) return null;
    return { answer: null, error: { code: 'shadow_failed', message: messageOf(error) } };
  }
}

async function keep(
  copy: ShadowCopy,
  model: ServedModel,
  kept: {
    hooks: ShadowAnswerOptions['hooks'];
    outcome: Outcome;
    facts: Pick<InferenceSummary, 'id' | 'at' | 'target' | 'durationMs' | 'costUsd'>;
  },
): Promise<void> {
  const { answer, error } = kept.outcome;
  const agreed = answer === null ? 'unknown' : agreement(copy, model, answer.body);
  const summary: InferenceSummary = {
    ...copy.summary,
    ...kept.facts,
    answeredAs: 'shadow',
    shadowOf: copy.summary.id,
    tags: { ...copy.summary.tags, [AGREED_TAG]: agreed },
    responseId: answer?.responseId ?? null,
    status: error === null ? 200 : 500,
    error,
    stream: false,
    attempts: [],
    firstContentMs: null,
    tokens: UNKNOWN_TOKENS,
  };
  const { capture, observers } = kept.hooks;
  const body = answer === null ? null : Buffer.from(answer.body);
  const details = sizesOnly({ bytesIn: copy.body.length, bytesOut: body?.length ?? 0 });
  const response = body === null ? null : [body];
  await capture?.record({ summary, request: copy.body, response, isEventStream: false });
  for (const observer of observers) observer.finished(summary, details);
}

/** Whether a shadow said what the caller was told. */
function agreement(copy: ShadowCopy, model: ServedModel, body: string): 'yes' | 'no' | 'unknown' {
  const given = labelGiven(model.task, copy);
  const { endpoint } = copy.summary;
  const said = labelIn(model.task, { endpoint, request: copy.request, body: JSON.parse(body) });
  if (given === null || said === null) return 'unknown';
  return given === said ? 'yes' : 'no';
}
