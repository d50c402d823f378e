import type { Prediction } from '../predictor/predictor.ts';
import { ApiError } from './api-error.ts';
import type { GatewayLog } from './gateway-log.ts';
import type { ServedModel } from './served-model.ts';

/** More inputs than this take long enough that a client who leaves is worth noticing. */
const NOTICE_LEAVING_FROM = 64;

/** What an own model needs to know of the call it answers. */
export interface AnsweredCall {
  /** Unique among all requests to all servers. */
  readonly id: string;
  readonly requestId: string;
  readonly log: GatewayLog;
  /** Aborts when the client leaves before it was answered. */
  clientSignal(): AbortSignal;
  /** Is told what the model's calls to language models elsewhere cost; null: unknown. Not told of a model that makes none. */
  spent?(usd: number | null): void;
}

/** Predicts for a client: when the client leaves, slow or long work is given up. */
export async function predictForCall(
  call: AnsweredCall,
  model: ServedModel,
  inputs: readonly string[],
): Promise<Prediction[]> {
  const watches = model.isSlow || inputs.length >= NOTICE_LEAVING_FROM;
  if (!watches) return model.predictor.predict(inputs);
  const signal = call.clientSignal();
  // The call cache is for building and judging: what products ask would fill the disk.
  const predictions = await model.predictor.predict(inputs, { signal, fresh: model.isSlow });
  if (model.isSlow) call.spent?.(costOf(predictions));
  signal.throwIfAborted();
  return predictions;
}

function costOf(predictions: readonly Prediction[]): number | null {
  let sum = 0;
  for (const { costUsd = null } of predictions) {
    if (costUsd === null) return null;
    sum += costUsd;
  }
  return sum;
}

/** The 502 for an answer that an upstream did not give. What it said goes to the log, not to the client. */
export function upstreamFailed(
  call: AnsweredCall,
  model: ServedModel,
  failure: string | undefined,
): ApiError {
  const { log, requestId } = call;
  const message = `${model.name} got no usable answer from its upstream: ${failure ?? 'no reason given'}`;
  log({ level: 'warning', event: 'request-failed', message, requestId });
  return new ApiError({
    status: 502,
    code: 'upstream_failed',
    message: `${model.name} asks a language model elsewhere, which gave no usable answer. Try again; the server's log tells why under the request id ${requestId}.`,
  });
}
