import type { Endpoint } from '../schema/inference.ts';
import { ChatStreamReader } from './chat-stream-reader.ts';
import { ResponsesStreamReader } from './responses-stream-reader.ts';
import type { StreamReader } from './stream-reader.ts';

/** A reader for a stream that answers `request`; null: the endpoint does not stream. */
export function streamReaderFor(
  endpoint: Endpoint,
  request: Readonly<Record<string, unknown>>,
): StreamReader | null {
  if (endpoint === 'responses') return new ResponsesStreamReader();
  if (endpoint !== 'chat-completions') return null;
  const choices = request['n'];
  return new ChatStreamReader(typeof choices === 'number' && choices > 1 ? choices : 1);
}
