import type { TokenCounts } from '../schema/inference.ts';
import type { ProviderError } from './provider-error.ts';

/**
 * What one event of a stream is for its reader: a comment, something before the content, content, the end of an answer (`finish`: one
 * of its parts has ended; `done`: nothing comes after it), only the usage, an error, or nothing that belongs into such a stream.
 */
export type StreamPart =
  | 'comment'
  | 'preamble'
  | 'content'
  | 'finish'
  | 'usage'
  | 'done'
  | 'error'
  | 'malformed';

/** Follows one stream of one endpoint, event by event. */
export interface StreamReader {
  /** `event`: its bytes with the blank line that ends it. */
  read(event: Buffer): StreamPart;
  /** Whether bytes are one whole event, and content of the form of the one before. The quick way round `read` for most of a stream. */
  isUsual(bytes: Buffer): boolean;
  /** Whether the answer said that it is at its end: it may stop here. */
  readonly isFinished: boolean;
  /** Whether the last part said that its usage is null, as every part does when the usage was asked for. */
  readonly hasNullUsage: boolean;
  readonly tokens: TokenCounts | null;
  /** The id of the answer, for example `chatcmpl-…`. */
  readonly responseId: string | null;
  /** Of the last `error`. */
  readonly error: ProviderError | null;
  /** Whether the last `error` has the form in which the endpoint's clients recognise one. */
  readonly errorIsPlain: boolean;
}
