import type { Endpoint } from '../../schema/inference.ts';
import type { CutAnswer } from './attempt-result.ts';

/**
 * The event that tells a client in the middle of a stream that no more will come: `data: {"error": …}` as chat completions have it, `event:
 * error` for responses. Official clients throw at both.
 */
export function errorEvent(endpoint: Endpoint, { code, message }: CutAnswer, type: string | null): Buffer {
  const error = { message, type: type ?? 'upstream_error', param: null, code };
  if (endpoint !== 'responses') return Buffer.from(`data: ${JSON.stringify({ error })}\n\n`);
  const body = { type: 'error', code, message, param: null, error };
  return Buffer.from(`event: error\ndata: ${JSON.stringify(body)}\n\n`);
}
