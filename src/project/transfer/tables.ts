import type { Table, TableColumn } from '../../data/transfer/table-writer.ts';
import type { ApiKey } from '../../schema/api-key.ts';
import type { ErasureRecord } from '../../schema/erasure.ts';
import type { Example } from '../../schema/example.ts';
import type { Feedback } from '../../schema/feedback.ts';
import type { Inference } from '../../schema/inference.ts';
import type { Deployment, ModelRecord, Transition } from '../../store/store.ts';

/** A key without what would let somebody use it. */
export type ExportedKey = Omit<ApiKey, 'hash'>;
/** Numbered anew where it is imported. */
export type ExportedTransition = Omit<Transition, 'id'>;

type Column<T> = TableColumn<T>;

function text<T>(name: string, of: (row: T) => string | null | undefined): Column<T> {
  return { name, type: 'text', of };
}

function number<T>(name: string, of: (row: T) => number | null | undefined): Column<T> {
  return { name, type: 'number', of };
}

function truth<T>(name: string, of: (row: T) => boolean | null): Column<T> {
  return { name, type: 'truth', of };
}

function json<T>(name: string, of: (row: T) => unknown): Column<T> {
  return { name, type: 'text', of: (row) => JSON.stringify(of(row)) };
}

export const INFERENCES: Table<Inference> = {
  name: 'inferences',
  columns: [
    text('id', (row) => row.id),
    text('at', (row) => row.at),
    text('endpoint', (row) => row.endpoint),
    text('task', (row) => row.task),
    text('model', (row) => row.model),
    text('target', (row) => row.target),
    text('answered_as', (row) => row.answeredAs),
    text('shadow_of', (row) => row.shadowOf),
    text('user', (row) => row.user),
    text('group', (row) => row.group),
    json('tags', (row) => row.tags),
    text('key', (row) => row.key),
    text('request_id', (row) => row.requestId),
    text('response_id', (row) => row.responseId),
    number('status', (row) => row.status),
    text('error_code', (row) => row.error?.code),
    text('error_message', (row) => row.error?.message),
    truth('stream', (row) => row.stream),
    json('attempts', (row) => row.attempts),
    number('duration_ms', (row) => row.durationMs),
    number('first_content_ms', (row) => row.firstContentMs),
    number('input_tokens', (row) => row.tokens.input),
    number('cached_input_tokens', (row) => row.tokens.cachedInput),
    number('audio_input_tokens', (row) => row.tokens.audioInput),
    number('output_tokens', (row) => row.tokens.output),
    number('reasoning_tokens', (row) => row.tokens.reasoning),
    number('audio_output_tokens', (row) => row.tokens.audioOutput),
    number('cost_usd', (row) => row.costUsd),
    text('request', (row) => row.request),
    text('response', (row) => row.response),
  ],
};

export const FEEDBACK: Table<Feedback> = {
  name: 'feedback',
  columns: [
    text('id', (row) => row.id),
    text('inference', (row) => row.inference),
    text('at', (row) => row.at),
    text('kind', (row) => row.kind),
    text('by', (row) => row.by),
    text('comment', (row) => row.comment),
    text('output', (row) => ('output' in row ? JSON.stringify(row.output) : null)),
    number('score', (row) => ('score' in row ? row.score : null)),
  ],
};

export const MODELS: Table<ModelRecord> = {
  name: 'models',
  columns: [
    text('task', (row) => row.task),
    number('version', (row) => row.version),
    text('kind', (row) => row.manifest.kind),
    text('registered_at', (row) => row.registeredAt),
    text('dataset', (row) => row.manifest.lineage.dataset),
    text('fingerprint', (row) => row.fingerprint),
    json('manifest', (row) => row.manifest),
    json('evaluation', (row) => row.evaluation),
  ],
};

export const DEPLOYMENTS: Table<Deployment> = {
  name: 'deployments',
  columns: [
    text('task', (row) => row.task),
    number('version', (row) => row.version),
    text('state', (row) => row.state),
    text('since', (row) => row.since),
    json('settings', (row) => row.settings),
  ],
};

export const TRANSITIONS: Table<ExportedTransition> = {
  name: 'transitions',
  columns: [
    text('at', (row) => row.at),
    text('task', (row) => row.task),
    number('version', (row) => row.version),
    text('from', (row) => row.from),
    text('to', (row) => row.to),
    text('action', (row) => row.action),
    text('by', (row) => row.by),
    text('reason', (row) => row.reason),
    json('settings', (row) => row.settings ?? null),
    json('evidence', (row) => row.evidence),
  ],
};

export const KEYS: Table<ExportedKey> = {
  name: 'keys',
  columns: [
    text('id', (row) => row.id),
    text('name', (row) => row.name),
    text('role', (row) => row.role),
    json('tasks', (row) => row.tasks),
    json('limits', (row) => row.limits),
    text('created_at', (row) => row.createdAt),
    text('expires_at', (row) => row.expiresAt),
    text('revoked_at', (row) => row.revokedAt),
  ],
};

export const ERASURES: Table<ErasureRecord> = {
  name: 'erasures',
  columns: [
    text('id', (row) => row.id),
    text('started_at', (row) => row.startedAt),
    text('finished_at', (row) => row.finishedAt),
    text('by', (row) => row.by),
    text('subject_kind', (row) => row.subject.kind),
    text('subject_hash', (row) => row.subject.hash),
    number('captures', (row) => row.captures),
    json('record', (row) => row),
  ],
};

export const EXAMPLES: Table<Example> = {
  name: 'examples',
  columns: [
    text('id', (row) => row.id),
    text('input', (row) => row.input),
    text('output', (row) => row.output),
    text('group', (row) => row.group),
    text('split', (row) => row.split),
    text('time', (row) => row.time),
    number('weight', (row) => row.weight),
    json('origin', (row) => row.origin),
  ],
};
