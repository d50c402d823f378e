import type { Endpoint } from '../schema/inference.ts';
import { mergeStream } from './merge-stream.ts';

const decoder = new TextDecoder();

/** An answer's body as JSON text: a stream merged into one answer, what is no JSON as a JSON string. */
export function answerText(endpoint: Endpoint, body: Uint8Array, isEventStream: boolean): string {
  if (isEventStream) return JSON.stringify(mergeStream(endpoint, body).answer);
  return jsonText(body);
}

/** Bytes that should be JSON as JSON text. */
export function jsonText(body: Uint8Array): string {
  const text = decoder.decode(body);
  try {
    JSON.parse(text);
    return text;
  } catch {
    return JSON.stringify(text);
  }
}
