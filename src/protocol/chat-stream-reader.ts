import type { TokenCounts } from '../schema/inference.ts';
import { type ProviderError, providerErrorOf } from './provider-error.ts';
import { PartTemplate } from './part-template.ts';
import { readEvent } from './server-sent-events.ts';
import type { StreamPart, StreamReader } from './stream-reader.ts';
import { tokenCountsOf } from './token-counts.ts';
import { isRecord } from '../util/is-record.ts';

interface Chunk {
  readonly id?: unknown;
  readonly choices?: unknown;
  readonly usage?: unknown;
  readonly error?: unknown;
}

/** Follows a stream of `chat.completion.chunk`s, which `[DONE]` ends. */
export class ChatStreamReader implements StreamReader {
  tokens: TokenCounts | null = null;
  responseId: string | null = null;
  error: ProviderError | null = null;
  errorIsPlain = false;
  hasNullUsage = false;
  readonly #template = new PartTemplate();
  #templateHasNullUsage = false;
  readonly #expected: number;
  readonly #seen = new Set<unknown>();
  readonly #finished = new Set<unknown>();

  /** `choices`: how many answers were asked for. */
  constructor(choices: number) {
    this.#expected = choices;
  }

  get isFinished(): boolean {
    return this.#finished.size >= Math.max(this.#expected, this.#seen.size);
  }

  read(bytes: Buffer): StreamPart {
    if (this.isUsual(bytes)) return 'content';
    const part = this.#parse(bytes);
    if (part === 'content' && this.#seen.size === 1) {
      this.#template.learn(bytes);
      this.#templateHasNullUsage = this.hasNullUsage;
    }
    return part;
  }

  isUsual(bytes: Buffer): boolean {
    if (!this.#template.fits(bytes)) return false;
    this.hasNullUsage = this.#templateHasNullUsage;
    return true;
  }

  #parse(bytes: Buffer): StreamPart {
    const { event, data } = readEvent(bytes);
    if (data === null) return event === 'error' ? this.#fail(null, false) : 'comment';
    if (data === '[DONE]') return 'done';
    const chunk = parse(data);
    if (!isRecord(chunk)) return 'malformed';
    if (isError(chunk['error'])) return this.#fail(chunk['error'], true);
    if (event === 'error') return this.#fail(chunk, false);
    return this.#readChunk(chunk);
  }

  #readChunk(chunk: Chunk): StreamPart {
    if (this.responseId === null && typeof chunk.id === 'string' && chunk.id !== '')
      this.responseId = chunk.id;
    const { usage } = chunk;
    this.hasNullUsage = usage === null;
    if (usage !== undefined && usage !== null) this.tokens = tokenCountsOf(usage) ?? this.tokens;
    const { choices } = chunk;
    if (choices === undefined || choices === null) return 'preamble';
    if (!Array.isArray(choices)) return 'malformed';
    if (choices.length === 0) return isRecord(usage) ? 'usage' : 'preamble';
    let part: StreamPart = 'preamble';
    for (const choice of choices as unknown[]) {
      const read = this.#readChoice(choice);
      if (read === 'malformed') return read;
      if (read === 'finish' || part === 'preamble') part = read;
    }
    return part;
  }

  #readChoice(choice: unknown): StreamPart {
    if (!isRecord(choice)) return 'malformed';
    const index = choice['index'] ?? 0;
    this.#seen.add(index);
    const reason = choice['finish_reason'];
    if (reason !== undefined && reason !== null && reason !== '') {
      this.#finished.add(index);
      return 'finish';
    }
    return hasContent(choice['delta']) || isContent(choice['text']) ? 'content' : 'preamble';
  }

  #fail(error: unknown, isPlain: boolean): StreamPart {
    this.error = providerErrorOf(error);
    this.errorIsPlain = isPlain;
    return 'error';
  }
}

/** Anything in a delta but the role: text, refusals, reasoning, tool calls, sound, and what providers add. */
function hasContent(delta: unknown): boolean {
  if (!isRecord(delta)) return false;
  for (const key in delta) {
    if (key !== 'role' && isContent(delta[key])) return true;
  }
  return false;
}

function isContent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  return !Array.isArray(value) || value.length > 0;
}

/** Some providers write `"error": null` or `""` into every chunk. */
function isError(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
