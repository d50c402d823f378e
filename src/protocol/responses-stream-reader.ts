import type { TokenCounts } from '../schema/inference.ts';
import { type ProviderError, providerErrorOf } from './provider-error.ts';
import { PartTemplate } from './part-template.ts';
import { readEvent } from './server-sent-events.ts';
import type { StreamPart, StreamReader } from './stream-reader.ts';
import { tokenCountsOf } from './token-counts.ts';
import { isRecord } from '../util/is-record.ts';

/** Events that come before an answer says anything. */
const PREAMBLE = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
  'response.output_item.added',
  'response.content_part.added',
  'response.reasoning_summary_part.added',
]);
/** Events after which nothing comes. */
const ENDS = new Set(['response.completed', 'response.incomplete', 'response.failed', 'response.cancelled']);

/** Follows a stream of the responses endpoint, which one of a few events ends. */
export class ResponsesStreamReader implements StreamReader {
  tokens: TokenCounts | null = null;
  responseId: string | null = null;
  error: ProviderError | null = null;
  readonly errorIsPlain = true;
  readonly hasNullUsage = false;
  isFinished = false;

  readonly #template = new PartTemplate();

  read(bytes: Buffer): StreamPart {
    if (this.isUsual(bytes)) return 'content';
    const part = this.#parse(bytes);
    if (part === 'content') this.#template.learn(bytes);
    return part;
  }

  isUsual(bytes: Buffer): boolean {
    return this.#template.fits(bytes);
  }

  #parse(bytes: Buffer): StreamPart {
    const { event, data } = readEvent(bytes);
    if (data === null) return event === 'error' ? this.#fail(null) : 'comment';
    if (data === '[DONE]') return 'done';
    const body = parse(data);
    if (!isRecord(body)) return 'malformed';
    const type = typeof body['type'] === 'string' ? body['type'] : event;
    if (type === 'error' || (type === null && 'error' in body)) return this.#fail(body['error'] ?? body);
    if (typeof type !== 'string') return 'malformed';
    this.#readResponse(body['response']);
    if (type === 'response.failed') return this.#fail(errorIn(body['response']));
    if (ENDS.has(type)) {
      this.isFinished = true;
      return 'done';
    }
    return PREAMBLE.has(type) ? 'preamble' : 'content';
  }

  #readResponse(response: unknown): void {
    if (!isRecord(response)) return;
    if (typeof response['id'] === 'string') this.responseId = response['id'];
    this.tokens = tokenCountsOf(response['usage']) ?? this.tokens;
  }

  #fail(error: unknown): StreamPart {
    this.error = providerErrorOf(error);
    return 'error';
  }
}

function errorIn(response: unknown): unknown {
  return isRecord(response) ? response['error'] : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
