const KINDS: Record<number, [type: string, code: string | null, param: string | null]> = {
  400: ['invalid_request_error', 'invalid_value', 'messages'],
  401: ['invalid_request_error', 'invalid_api_key', null],
  403: ['invalid_request_error', 'unsupported_country_region_territory', null],
  404: ['invalid_request_error', 'model_not_found', null],
  429: ['requests', 'rate_limit_exceeded', null],
  529: ['overloaded_error', 'overloaded', null],
};

/** The body of a refusal in OpenAI's form. */
export function errorBody(status: number, settings: Readonly<Record<string, string>>): string {
  const [type, code, param] = KINDS[status] ?? ['server_error', null, null];
  const message = settings['message'] ?? `status ${status} on demand`;
  return JSON.stringify({ error: { message, type, param, code: settings['code'] ?? code } });
}
