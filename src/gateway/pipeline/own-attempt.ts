import { ApiError, badRequest, internalError } from '../api-error.ts';
import { ClientLeft } from '../api-call.ts';
import type { CallFacts } from '../call-facts.ts';
import type { Target } from '../call-router.ts';
import { ownChatCompletion } from '../chat-completions.ts';
import type { GatewayLog } from '../gateway-log.ts';
import type { OwnAnswer } from '../own-answer.ts';
import type { AnsweredCall } from '../predict-for-call.ts';
import { acquireModel, type ModelDirectory } from '../resolve-model.ts';
import { ownResponse } from '../responses.ts';
import type { ServedModel } from '../served-model.ts';
import type { AttemptResult, TargetFailure } from './attempt-result.ts';
import type { GatewayCall } from './gateway-call.ts';

type OwnTarget = Extract<Target, { kind: 'own' }>;

/** As in `CostOf`. */
interface Spent {
  upstreamUsd?: number | null;
}

/** Who asks an own model, and where the model is. */
export interface OwnAttemptOptions {
  call: GatewayCall;
  facts: CallFacts;
  target: OwnTarget;
  directory: ModelDirectory;
  log: GatewayLog;
}

/** One try to get an answer from an own model. It answers whole, so nothing reaches the client before it is known to be good. */
export async function attemptOwn(options: OwnAttemptOptions): Promise<AttemptResult> {
  const { call, target, directory, log } = options;
  try {
    const model = await acquireModel(directory, `${target.task}@${target.version}`);
    try {
      const spent: Spent = {};
      const answer = await answerBy(model, options, (usd) => (spent.upstreamUsd = usd));
      return wholeAnswer(answer, spent);
    } finally {
      await model.release();
    }
  } catch (error) {
    if (error instanceof ClientLeft || call.hasLeft)
      return {
        kind: 'left',
        status: null,
        firstContentMs: null,
        bytes: null,
        tokens: null,
        responseId: null,
      };
    return { kind: 'failed', failure: failureOf(error, call, log) };
  }
}

/** The answer of a model to a call's request. Throws `ApiError`, or what broke. */
function answerBy(
  model: ServedModel,
  { call, facts, log }: Pick<OwnAttemptOptions, 'call' | 'facts' | 'log'>,
  spent?: AnsweredCall['spent'],
): Promise<OwnAnswer> {
  const answered: AnsweredCall = {
    id: call.id,
    requestId: call.requestId,
    log,
    clientSignal: () => clientSignal(call),
    ...(spent === undefined ? {} : { spent }),
  };
  return answerAs(model, answered, facts);
}

/** The answer of a model to a request, whoever asks. Throws `ApiError`, or what broke. */
export function answerAs(
  model: ServedModel,
  answered: AnsweredCall,
  { endpoint, request }: Pick<CallFacts, 'endpoint' | 'request'>,
): Promise<OwnAnswer> {
  switch (endpoint) {
    case 'chat-completions':
      return ownChatCompletion(answered, model, request);
    case 'responses':
      return ownResponse(answered, model, request);
    default:
      throw badRequest(`${model.name} answers labels and makes no embeddings.`, 'model');
  }
}

function clientSignal(call: GatewayCall): AbortSignal {
  const controller = new AbortController();
  const leave = (): void => controller.abort(new ClientLeft());
  if (call.hasLeft) leave();
  else call.onLeave(leave);
  return controller.signal;
}

function wholeAnswer({ body, isEventStream, responseId }: OwnAnswer, spent: Spent): AttemptResult {
  const headers = isEventStream
    ? { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' }
    : { 'content-type': 'application/json' };
  const answer = { status: 200, headers, body: Buffer.from(body) };
  return { kind: 'whole', answer, tokens: null, responseId, ...spent };
}

function failureOf(error: unknown, call: GatewayCall, log: GatewayLog): TargetFailure {
  const shown = error instanceof ApiError ? error : internalError(call.requestId);
  const message = error instanceof Error ? error.message : String(error);
  if (shown !== error)
    log({ level: 'error', event: 'request-failed', message, requestId: call.requestId, cause: error });
  return {
    code: shown.code.replaceAll('_', '-'),
    message,
    status: shown.status,
    isRetryable: false,
    fallsBack: true,
    askedMs: null,
    perhapsBilled: shown.status >= 500,
    answer: shown,
  };
}
