import {
  type Inference,
  inferenceSchema,
  type InferenceSummary,
  inferenceSummarySchema,
} from '../../schema/inference.ts';
import { isoTime, json, numberOrNull, text, textOrNull } from './column-values.ts';
import type { Row, SqlValue } from './database.ts';
import { indexedText, indexedTextOrNull } from './indexed-text.ts';
import { readTime } from './page-position.ts';
import { parseStored } from './parse-stored.ts';

/** Columns of `inferences` that a new row gives, in the order of `inferenceValues`; those that are searched come first. */
export const INFERENCE_COLUMNS = [
  'id',
  'at',
  'task',
  'endpoint',
  'target',
  'answered_as',
  'user_id',
  'group_id',
  'status',
  'error_code',
  'duration_ms',
  'cost_usd',
  'bytes',
  'response_id',
  'passed_on',
  'stream',
  'first_content_ms',
  'tokens_input',
  'tokens_cached_input',
  'tokens_audio_input',
  'tokens_output',
  'tokens_reasoning',
  'tokens_audio_output',
  'model',
  'shadow_of',
  'key_id',
  'request_id',
  'error_message',
  'tags',
  'attempts',
] as const;

/** What `INFERENCE_COLUMNS` are for an inference. */
export function inferenceValues(inference: Inference): SqlValue[] {
  const { tokens, error } = inference;
  return [
    indexedText(inference.id),
    readTime(inference.at),
    indexedTextOrNull(inference.task),
    inference.endpoint,
    indexedTextOrNull(inference.target),
    inference.answeredAs,
    indexedTextOrNull(inference.user),
    indexedTextOrNull(inference.group),
    inference.status,
    error === null ? null : indexedText(error.code),
    inference.durationMs,
    inference.costUsd,
    inference.request.length + (inference.response?.length ?? 0),
    indexedTextOrNull(inference.responseId),
    passedOnBy(inference),
    inference.stream ? 1 : 0,
    inference.firstContentMs,
    tokens.input,
    tokens.cachedInput,
    tokens.audioInput,
    tokens.output,
    tokens.reasoning,
    tokens.audioOutput,
    inference.model,
    inference.shadowOf,
    inference.key,
    inference.requestId,
    error === null ? null : error.message,
    JSON.stringify(inference.tags),
    JSON.stringify(inference.attempts),
  ];
}

/** Who was asked first, failed by its own fault (5xx) and was not who answered in the end; shadows pass nothing on. */
function passedOnBy({ attempts: [first], shadowOf, target }: Inference): string | null {
  if (first === undefined || shadowOf !== null || first.target === target) return null;
  return first.status !== null && first.status >= 500 ? indexedText(first.target) : null;
}

/** A row of `inferences`. */
export function summaryOf(place: string, row: Row): InferenceSummary {
  return parseStored(inferenceSummarySchema, place, summaryFields(row));
}

/** A row of `inferences` with `request` and `response` of `inference_bodies`. */
export function inferenceOf(place: string, row: Row): Inference {
  const contents = { request: text(row, 'request'), response: textOrNull(row, 'response') };
  return parseStored(inferenceSchema, place, { ...summaryFields(row), ...contents });
}

function summaryFields(row: Row): Record<string, unknown> {
  const errorCode = textOrNull(row, 'error_code');
  return {
    id: text(row, 'id'),
    at: isoTime(row, 'at'),
    endpoint: text(row, 'endpoint'),
    task: textOrNull(row, 'task'),
    model: text(row, 'model'),
    target: textOrNull(row, 'target'),
    answeredAs: textOrNull(row, 'answered_as'),
    shadowOf: textOrNull(row, 'shadow_of'),
    user: textOrNull(row, 'user_id'),
    group: textOrNull(row, 'group_id'),
    tags: json(row, 'tags'),
    key: textOrNull(row, 'key_id'),
    requestId: text(row, 'request_id'),
    responseId: textOrNull(row, 'response_id'),
    status: numberOrNull(row, 'status'),
    error: errorCode === null ? null : { code: errorCode, message: text(row, 'error_message') },
    stream: row['stream'] === 1,
    attempts: json(row, 'attempts'),
    durationMs: numberOrNull(row, 'duration_ms'),
    firstContentMs: numberOrNull(row, 'first_content_ms'),
    tokens: tokensOf(row),
    costUsd: numberOrNull(row, 'cost_usd'),
  };
}

function tokensOf(row: Row): Record<string, unknown> {
  return {
    input: numberOrNull(row, 'tokens_input'),
    cachedInput: numberOrNull(row, 'tokens_cached_input'),
    audioInput: numberOrNull(row, 'tokens_audio_input'),
    output: numberOrNull(row, 'tokens_output'),
    reasoning: numberOrNull(row, 'tokens_reasoning'),
    audioOutput: numberOrNull(row, 'tokens_audio_output'),
  };
}
