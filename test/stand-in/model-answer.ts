import type { Random } from '../../src/util/random.ts';

/** A good answer in OpenAI's wire format. */
export interface ModelAnswer {
  /** The body of a plain answer. */
  plain: string;
  /** The events of a streamed one, each whole with its blank line. */
  parts: readonly StreamPart[];
}

export interface StreamPart {
  text: string;
  /** `finish` says that the answer is whole, `end` that the stream is. */
  role: 'open' | 'content' | 'finish' | 'usage' | 'end';
}

/** What an answer is made from. */
export interface AnswerFacts {
  request: Record<string, unknown>;
  /** Sixteen hexadecimal digits; equal requests have equal ones. */
  hash: string;
  words: readonly string[];
  random: Random;
}
