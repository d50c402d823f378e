import { UNKNOWN_TOKENS } from '../protocol/token-counts.ts';
import type { InferenceSummary } from '../schema/inference.ts';
import type { ApiCall } from './api-call.ts';
import { ApiError } from './api-error.ts';
import { sizesOnly } from './call-observer.ts';
import { inferenceId } from './inference-id.ts';
import { labelsIn } from './pipeline/read-facts.ts';
import type { ServedModel } from './served-model.ts';

/** Predictions of one request, each with the JSON text of its answer. */
export interface PredictedInputs {
  readonly model: ServedModel;
  /** The version that the request asked for; null: whichever is live. */
  readonly version: number | null;
  readonly inputs: readonly string[];
  /** Error codes of those that have no label; null: it has one. */
  readonly errors: readonly (string | null)[];
  readonly answers: readonly string[];
  /** Of the whole request. */
  readonly durationMs: number;
  readonly costUsd: number | null;
}

/**
 * Keeps each prediction as an inference of its own, so that each can be told what became of it, and returns their ids; null: nothing
 * is kept. In `sync` it resolves when they are on disk. Throws the 503 when they cannot be kept.
 */
export async function capturePredictions(
  call: ApiCall,
  predicted: PredictedInputs,
): Promise<string[] | null> {
  const { capture } = call.hooks;
  if (capture === null) return null;
  const summaries = predicted.inputs.map((_, index) => summaryOf(call, predicted, index));
  const kept = summaries.map((summary, index) => {
    const { request, response } = bodiesOf(predicted, index);
    return capture.record({ summary, request, response: [response], isEventStream: false });
  });
  try {
    await Promise.all(kept.filter((one) => one !== undefined));
  } catch (cause) {
    throw notKept(call, cause);
  }
  return summaries.map(({ id }) => id);
}

function bodiesOf(
  { model, version, inputs, answers }: PredictedInputs,
  index: number,
): { request: Buffer; response: Buffer } {
  const { task, version: answeredBy } = model;
  const request = { input: inputs[index]!, ...(version === null ? {} : { version }) };
  const head = JSON.stringify({ task: task.name, model: { name: task.name, version: answeredBy } });
  const response = `${head.slice(0, -1)},"predictions":[${answers[index]!}]}`;
  return { request: Buffer.from(JSON.stringify(request)), response: Buffer.from(response) };
}

/**
 * Tells a server's observers of an answered request as one call, however many inputs it had: under the id, if it was kept, of the first
 * input that failed, or else of the first.
 */
export function tellPredictions(
  call: ApiCall,
  predicted: PredictedInputs,
  ids: readonly string[] | null,
): void {
  const { durationMs, costUsd, errors, answers } = predicted;
  const failed = errors.findIndex((code) => code !== null);
  const shown = Math.max(0, failed);
  const made = summaryOf(call, predicted, shown);
  const one = { ...made, id: ids?.[shown] ?? made.id };
  const attempts = one.attempts.map((attempt) => ({ ...attempt, durationMs }));
  const bytesOut = answers.reduce((sum, answer) => sum + Buffer.byteLength(answer), 0);
  tell(call, { ...one, durationMs, costUsd, attempts }, bytesOut);
}

/** The same of a request that was refused or that nobody could answer. */
export function tellRefused(
  call: ApiCall,
  request: Pick<PredictedInputs, 'model' | 'version' | 'inputs' | 'durationMs'>,
  { status, code, message }: ApiError,
): void {
  const one = summaryOf(call, { ...request, errors: [], answers: [], costUsd: null }, 0);
  const target = status < 500 ? null : one.target;
  const { durationMs } = request;
  tell(call, { ...one, target, status, error: { code, message }, durationMs, attempts: [] }, 0);
}

function tell({ hooks, headers }: ApiCall, summary: InferenceSummary, bytesOut: number): void {
  const details = sizesOnly({ bytesIn: Number(headers['content-length'] ?? 0), bytesOut });
  for (const observer of hooks.observers) {
    observer.started?.();
    observer.finished(summary, details);
  }
}

/** Time and cost of a request are shared by its inputs. */
function summaryOf(call: ApiCall, predicted: PredictedInputs, index: number): InferenceSummary {
  const { model, version, inputs, errors, costUsd } = predicted;
  const durationMs = predicted.durationMs / inputs.length;
  const code = errors[index] ?? null;
  const target = model.name;
  return {
    id: inferenceId(),
    at: new Date(Date.now() - predicted.durationMs).toISOString(),
    endpoint: 'predict',
    task: model.task.name,
    model: version === null ? `task:${model.task.name}` : target,
    target,
    answeredAs: version === null ? 'live' : 'version',
    shadowOf: null,
    ...labelsIn(call.headers),
    key: call.caller.key,
    requestId: call.requestId,
    responseId: null,
    status: 200,
    error: code === null ? null : { code, message: 'the upstream gave no usable answer' },
    stream: false,
    attempts: [{ target, status: 200, failure: code, durationMs }],
    durationMs,
    firstContentMs: null,
    tokens: UNKNOWN_TOKENS,
    costUsd: costUsd === null ? null : costUsd / inputs.length,
  };
}

function notKept(call: ApiCall, cause: unknown): ApiError {
  const message = cause instanceof Error ? cause.message : String(cause);
  call.log({ level: 'error', event: 'capture-failed', message, requestId: call.requestId, cause });
  return new ApiError({
    status: 503,
    code: 'capture_failed',
    message:
      'The predictions were made but could not be kept, which this server is told to insist on; try again.',
    headers: { 'retry-after': '1' },
  });
}
