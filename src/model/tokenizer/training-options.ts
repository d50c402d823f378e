import { HomegrownError } from '../../errors/homegrown-error.ts';
import type { NormaliserName } from './normaliser.ts';
import { preTokenEnd } from './pre-tokenizer.ts';
import type { SpecialTokenTemplate } from './tokenizer-parts.ts';

/** The vocabulary of a tokenizer that has learnt nothing, without special tokens. */
export const BYTE_TOKENS = 256;

/** What training a tokenizer needs to know. */
export interface TokenizerTrainingOptions {
  /** Tokens at most: special ones, the 256 bytes, and what is learnt. */
  vocabularySize: number;
  /** Pairs met less often are not merged; 2 if not given. */
  minFrequency?: number;
  normalizer: NormaliserName;
  /** They get the first ids, in this order. */
  specialTokens?: readonly string[];
  /** Which of them may be set before and after a text. */
  template?: SpecialTokenTemplate;
  /** Threads to use when there is much text; by default as many as the machine has cores. */
  workers?: number;
  /** UTF-16 units of text from which threads are used: 32 million if not given. */
  threadsFrom?: number;
  signal?: AbortSignal;
  onProgress?: (progress: TokenizerTrainingProgress) => void;
}

/** How far a training is. */
export type TokenizerTrainingProgress =
  | { stage: 'count'; texts: number }
  | { stage: 'merge'; tokens: number; vocabularySize: number };

/** Throws `model/bad-tokenizer-options` when a tokenizer cannot be made as asked. */
export function checkTrainingOptions(options: TokenizerTrainingOptions): void {
  const { vocabularySize, specialTokens = [], template = {}, minFrequency = 1 } = options;
  checkSpecialTokens(specialTokens);
  const smallest = specialTokens.length + BYTE_TOKENS;
  if (!Number.isInteger(vocabularySize) || vocabularySize < smallest || vocabularySize > MAX_VOCABULARY) {
    throw badOptions({
      message: 'a vocabulary cannot have this size',
      expected: `a whole number from ${smallest} (256 bytes and ${specialTokens.length} special tokens) to ${MAX_VOCABULARY}`,
      found: String(vocabularySize),
    });
  }
  if (!Number.isInteger(minFrequency) || minFrequency < 0) {
    throw badOptions({
      message: 'a frequency must be a count',
      expected: 'a whole number',
      found: String(minFrequency),
    });
  }
  for (const token of [template.start, template.end]) {
    if (token === undefined || specialTokens.includes(token)) continue;
    throw badOptions({
      message: 'the template uses a token that is not special',
      expected: `one of ${JSON.stringify(specialTokens)}`,
      found: JSON.stringify(token),
    });
  }
}

const MAX_VOCABULARY = 2 ** 21;

function checkSpecialTokens(specialTokens: readonly string[]): void {
  const encoder = new TextEncoder();
  for (const [index, token] of specialTokens.entries()) {
    const bytes = encoder.encode(token);
    if (bytes.length === 0 || !token.isWellFormed() || specialTokens.indexOf(token) < index) {
      throw badOptions({
        message: 'a special token cannot be used',
        expected: 'different texts of at least one character',
        found: JSON.stringify(token),
      });
    }
    if (preTokenEnd(bytes, 0, bytes.length) < bytes.length) continue;
    throw badOptions({
      message: 'a special token could come out of ordinary text',
      expected: 'brackets or other signs around a word, as in [PAD] or <|endoftext|>',
      found: JSON.stringify(token),
    });
  }
}

function badOptions(facts: { message: string; expected: string; found: string }): HomegrownError {
  return new HomegrownError({
    code: 'model/bad-tokenizer-options',
    hint: 'Change the options of the tokenizer.',
    ...facts,
  });
}
