import { z } from 'zod';
import type { Prediction } from '../predictor/predictor.ts';
import { UNKNOWN_TOKENS } from '../protocol/token-counts.ts';
import { ApiError, badRequest, internalError } from './api-error.ts';
import type { ApiCall } from './api-call.ts';
import type { CallFacts } from './call-facts.ts';
import { capturePredictions, tellPredictions, tellRefused } from './captured-predictions.ts';
import { indicesOfLargest } from './chat-response.ts';
import { parseRequest } from './parse-request.ts';
import { type AnsweredCall, predictForCall, upstreamFailed } from './predict-for-call.ts';
import { acquireModel, modelNotFound } from './resolve-model.ts';
import type { ServedModel } from './served-model.ts';

/** Most inputs in one request: more belong into several requests, or into `homegrown predict`. */
const MAX_INPUTS = 10_000;
const MAX_PROBABILITIES = 1_000_000;
const DEFAULT_TOP = 10;
/** Answers written before other requests get a turn. */
const WRITE_AT_ONCE = 100;

/** Body of `POST /api/v1/tasks/<name>/predict`. */
export const predictRequestSchema = z
  .strictObject({
    input: z.string().optional(),
    inputs: z
      .array(z.string())
      .max(MAX_INPUTS, `expected at most ${MAX_INPUTS} inputs in one request`)
      .optional(),
    /** Which version answers; the live one when left out. */
    version: z.number().int().positive().optional(),
    /** How many labels are listed with their probability, most probable first. */
    top: z.number().int().min(0).default(DEFAULT_TOP),
  })
  .refine(
    ({ input, inputs }) => (input === undefined) !== (inputs === undefined),
    'expected either "input" or "inputs"',
  );

/** `POST /api/v1/tasks/:name/predict`: labels with probabilities for one or many inputs, in their order. */
export async function predictRoute(call: ApiCall, task: string): Promise<Response> {
  const request = parseRequest(predictRequestSchema, await call.readBody());
  if (!call.directory.pool.hasTask(task)) throw await modelNotFound(call.directory, `task:${task}`);
  const model = await acquireModel(
    call.directory,
    request.version === undefined ? task : `${task}@${request.version}`,
  );
  const startedAt = performance.now();
  const inputs = request.inputs ?? [request.input!];
  const version = request.version ?? null;
  try {
    limitAnswer(inputs.length, Math.min(request.top, model.predictor.labels.length));
    const { predictions, durationMs, costUsd } = await predictAdmitted(call, model, inputs);
    if (request.input !== undefined && predictions[0]!.label === null) {
      throw upstreamFailed(call, model, predictions[0]!.failure);
    }
    const answers = await answersOf(model, predictions, request.top);
    const errors = predictions.map(({ label }) => (label === null ? 'upstream_failed' : null));
    const facts = { model, version, inputs, errors, answers, durationMs, costUsd };
    const ids = await capturePredictions(call, facts);
    if (inputs.length > 0) tellPredictions(call, facts, ids);
    return respond(call, model, answers, ids);
  } catch (error) {
    const durationMs = performance.now() - startedAt;
    const shown = error instanceof ApiError ? error : internalError(call.requestId);
    tellRefused(call, { model, version, inputs, durationMs }, shown);
    throw error;
  } finally {
    await model.release();
  }
}

/** Within the caller's limits. */
async function predictAdmitted(
  call: ApiCall,
  model: ServedModel,
  inputs: readonly string[],
): Promise<{ predictions: Prediction[]; durationMs: number; costUsd: number | null }> {
  const { gatekeeper, costOf } = call.hooks;
  const startedAt = performance.now();
  const admission = await gatekeeper.admit(call.caller, factsOf(call, model, startedAt), [model.name]);
  const target = {
    kind: 'own',
    task: model.task.name,
    version: model.version,
    answeredAs: 'version',
  } as const;
  let upstreamUsd: number | null | undefined;
  const settle = (): { durationMs: number; costUsd: number | null } => {
    const durationMs = performance.now() - startedAt;
    const spent = upstreamUsd === undefined ? {} : { upstreamUsd };
    const costUsd = costOf({ target, tokens: UNKNOWN_TOKENS, durationMs, ...spent });
    admission.settle({ tokens: null, costUsd, sent: true, target: model.name });
    return { durationMs, costUsd };
  };
  try {
    const spent = (usd: number | null): unknown => (upstreamUsd = usd);
    const predictions = await predictForCall({ ...answeredBy(call), spent }, model, inputs);
    return { predictions, ...settle() };
  } catch (error) {
    settle();
    throw error;
  }
}

function answeredBy(call: ApiCall): AnsweredCall {
  const { id, requestId, log } = call;
  return { id, requestId, log, clientSignal: () => call.clientSignal() };
}

function factsOf(call: ApiCall, { task, name }: ServedModel, startedAt: number): CallFacts {
  return {
    id: call.id,
    endpoint: 'predict',
    requestId: call.requestId,
    startedAt,
    model: name,
    task: task.name,
    user: null,
    group: null,
    tags: {},
    stream: false,
    body: new Uint8Array(),
    request: {},
    traceParent: null,
  };
}

function limitAnswer(inputs: number, top: number): void {
  if (inputs * top <= MAX_PROBABILITIES) return;
  throw badRequest(
    `${inputs} inputs with ${top} probabilities each are more than one answer holds; lower "top" or send fewer inputs.`,
    'top',
  );
}

/** The JSON text of each answer, written in slices so that many do not hold up other requests. */
async function answersOf(
  { predictor }: ServedModel,
  predictions: readonly Prediction[],
  top: number,
): Promise<string[]> {
  const answers: string[] = [];
  for (const [index, prediction] of predictions.entries()) {
    if (index > 0 && index % WRITE_AT_ONCE === 0) await new Promise((resolve) => setImmediate(resolve));
    answers.push(JSON.stringify(answerOf(prediction, predictor.labels, top)));
  }
  return answers;
}

/** With the ids of their inferences when they were kept; the only one's also as a header. */
function respond(
  call: ApiCall,
  { task, version }: ServedModel,
  answers: readonly string[],
  ids: readonly string[] | null,
): Response {
  const predictions =
    ids === null
      ? answers
      : answers.map((answer, index) => `${answer.slice(0, -1)},"inference":${JSON.stringify(ids[index])}}`);
  const head = JSON.stringify({ task: task.name, model: { name: task.name, version } });
  const body = `${head.slice(0, -1)},"predictions":[${predictions.join(',')}]}`;
  const [only] = ids?.length === 1 ? ids : [];
  const headers = only === undefined ? {} : { 'x-homegrown-inference': only };
  return call.respond(body, 'application/json', 200, headers);
}

interface PredictionAnswer {
  /** null when an upstream gave no usable answer. */
  label: string | null;
  /** Of the label; null when the model gives none. */
  probability: number | null;
  /** The `top` most probable labels, most probable first; null when the model gives none. */
  probabilities: { label: string; probability: number }[] | null;
  error?: { code: string };
}

function answerOf(prediction: Prediction, labels: readonly string[], top: number): PredictionAnswer {
  const { label, probabilities } = prediction;
  if (label === null)
    return { label, probability: null, probabilities: null, error: { code: 'upstream_failed' } };
  if (probabilities === null) return { label, probability: null, probabilities: null };
  return {
    label,
    probability: rounded(probabilities[labels.indexOf(label)]!),
    probabilities: indicesOfLargest(probabilities, top).map((index) => ({
      label: labels[index]!,
      probability: rounded(probabilities[index]!),
    })),
  };
}

/** Seven digits are all that a 32-bit float holds. */
function rounded(probability: number): number {
  return Number(probability.toPrecision(7));
}
