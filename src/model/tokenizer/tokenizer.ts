import { HomegrownError } from '../../errors/homegrown-error.ts';
import { bytesOfToken } from './byte-alphabet.ts';
import { IdBuffer } from './id-buffer.ts';
import { PlainEncoder } from './plain-encoder.ts';
import { readTokenizerFile } from './read-tokenizer-file.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';
import { writeTokenizerFile } from './write-tokenizer-file.ts';

/** How special tokens come into an encoded text; by default not at all. */
export interface EncodeOptions {
  /**
   * Whether text that spells a special token becomes that token. Off, because texts come from users, who could otherwise
   * end a text or pad it by writing `[CLS]` or `<|endoftext|>`. Hugging Face has it on unless `encode_special_tokens` is set.
   */
  parseSpecialTokens?: boolean;
  /** Whether the template's tokens are set before and after the text. */
  addSpecialTokens?: boolean;
}

/** Whether special tokens are left out of a decoded text, as they are by default. */
export interface DecodeOptions {
  skipSpecialTokens?: boolean;
}

/** A byte-level BPE tokenizer: text to ids and back, the same ids as Hugging Face's for the same `tokenizer.json`. */
export class Tokenizer {
  readonly #parts: TokenizerParts;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #encoder: PlainEncoder;
  readonly #specialPattern: RegExp | undefined;
  readonly #tokenBytes: readonly Uint8Array[];
  readonly #buffer = new IdBuffer();

  constructor(parts: TokenizerParts) {
    this.#parts = parts;
    this.#ids = new Map(parts.tokens.map((token, id) => [token, id]));
    this.#encoder = new PlainEncoder(parts, this.#ids);
    this.#specialPattern = patternOf(parts.specialTokens);
    const encoder = new TextEncoder();
    this.#tokenBytes = parts.tokens.map((token) => bytesOfToken(token) ?? encoder.encode(token));
  }

  /** Reads the text of a `tokenizer.json`. Throws `model/bad-tokenizer` or `model/unsupported-tokenizer`. */
  static fromJson(json: string): Tokenizer {
    return new Tokenizer(readTokenizerFile(json));
  }

  /** The text of a `tokenizer.json` that Hugging Face's `tokenizers` loads. */
  toJson(): string {
    return writeTokenizerFile(this.#parts);
  }

  get vocabularySize(): number {
    return this.#parts.tokens.length;
  }

  /** The id of a token as the file writes it. */
  tokenId(token: string): number | undefined {
    return this.#ids.get(token);
  }

  /** The ids of a text; a lone surrogate counts as U+FFFD. */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    this.#buffer.clear();
    const { start, end } = options.addSpecialTokens === true ? this.#parts.template : {};
    if (start !== undefined) this.#buffer.push(this.#ids.get(start)!);
    if (options.parseSpecialTokens === true) this.#encodeParsed(text);
    else this.#encoder.encode(text, this.#buffer);
    if (end !== undefined) this.#buffer.push(this.#ids.get(end)!);
    return this.#buffer.take();
  }

  encodeBatch(texts: readonly string[], options: EncodeOptions = {}): Int32Array[] {
    return texts.map((text) => this.encode(text, options));
  }

  /** The text of ids; bytes that are not UTF-8 become U+FFFD. */
  decode(ids: Iterable<number>, { skipSpecialTokens = true }: DecodeOptions = {}): string {
    const pieces: Uint8Array[] = [];
    for (const id of ids) {
      const bytes = this.#tokenBytes[id];
      if (bytes === undefined) throw unknownId(id, this.vocabularySize);
      if (!(skipSpecialTokens && this.#parts.specialTokens.has(this.#parts.tokens[id]!))) pieces.push(bytes);
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(pieces));
  }

  #encodeParsed(text: string): void {
    let position = 0;
    for (const { 0: token, index } of this.#specialPattern === undefined
      ? []
      : text.toWellFormed().matchAll(this.#specialPattern)) {
      this.#encoder.encode(text.slice(position, index), this.#buffer);
      this.#buffer.push(this.#ids.get(token)!);
      position = index + token.length;
    }
    this.#encoder.encode(text.slice(position), this.#buffer);
  }
}

/** At each place the longest token, as Hugging Face takes it. */
function patternOf(specialTokens: ReadonlySet<string>): RegExp | undefined {
  if (specialTokens.size === 0) return undefined;
  const longestFirst = [...specialTokens].toSorted((a, b) => b.length - a.length);
  return new RegExp(
    longestFirst.map((token) => token.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')).join('|'),
    'g',
  );
}

function unknownId(id: number, vocabularySize: number): HomegrownError {
  return new HomegrownError({
    code: 'model/unknown-token-id',
    message: 'an id cannot be decoded',
    expected: `a whole number from 0 to ${vocabularySize - 1}`,
    found: String(id),
    hint: 'Decode with the tokenizer that the ids were made with.',
  });
}
