import { isRecord } from '../util/is-record.ts';

/** An error in a provider's own words; null where it did not say. */
export interface ProviderError {
  readonly message: string | null;
  readonly code: string | null;
  readonly type: string | null;
  /** The HTTP status it stands for, where the words tell one. */
  readonly status: number | null;
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  insufficient_quota: 429,
  invalid_api_key: 401,
  authentication_error: 401,
  permission_error: 403,
  model_not_found: 404,
  not_found_error: 404,
  context_length_exceeded: 400,
  invalid_request_error: 400,
  content_policy_violation: 400,
  server_error: 500,
  internal_error: 500,
  api_error: 500,
  overloaded_error: 503,
  engine_overloaded: 503,
};

/** Reads the value of an `error` member, or a whole error object. */
export function providerErrorOf(error: unknown): ProviderError {
  if (!isRecord(error)) return { message: textOf(error), code: null, type: null, status: null };
  const code = textOf(error['code']);
  const type = textOf(error['type']);
  const stated = [error['status'], error['code']].map(statusOf).find((status) => status !== null);
  const status = stated ?? STATUS_OF_CODE[code ?? ''] ?? STATUS_OF_CODE[type ?? ''] ?? null;
  return { message: textOf(error['message']), code, type, status };
}

function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}

function statusOf(value: unknown): number | null {
  const status = typeof value === 'string' ? Number(value) : value;
  const isError = typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600;
  return isError ? status : null;
}
