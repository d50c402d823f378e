import type { Merges } from './merge-learner.ts';
import type { NormaliserName } from './normaliser.ts';

/** What a tokenizer is made of. */
export interface TokenizerParts {
  normaliser: NormaliserName;
  /** Each token by its id: a special token as it is, another one in GPT-2's alphabet of bytes. */
  tokens: readonly string[];
  specialTokens: ReadonlySet<string>;
  template: SpecialTokenTemplate;
  merges: Merges;
}

/** The special tokens that may be set before and after a text. */
export interface SpecialTokenTemplate {
  start?: string | undefined;
  end?: string | undefined;
}
