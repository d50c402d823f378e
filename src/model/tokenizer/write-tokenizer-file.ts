import { PRE_TOKEN_PATTERN } from './pre-tokenizer.ts';
import type { NormaliserName } from './normaliser.ts';
import type { TokenizerParts } from './tokenizer-parts.ts';
import type { TokenizerFile } from './tokenizer-schema.ts';

/** The text of a `tokenizer.json`. */
export function writeTokenizerFile(parts: TokenizerParts): string {
  const file: TokenizerFile = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: parts.tokens.flatMap((content, id) =>
      parts.specialTokens.has(content) ? [addedToken(content, id)] : [],
    ),
    normalizer: normalizerOf(parts.normaliser),
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PRE_TOKEN_PATTERN }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: postProcessorOf(parts),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: modelOf(parts),
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

function addedToken(content: string, id: number): TokenizerFile['added_tokens'][number] {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
}

function normalizerOf(name: NormaliserName): TokenizerFile['normalizer'] {
  if (name === 'none') return null;
  if (name === 'nfc') return { type: 'NFC' };
  return { type: 'Sequence', normalizers: [{ type: 'NFC' }, { type: 'Lowercase' }] };
}

function postProcessorOf({ template, tokens }: TokenizerParts): TokenizerFile['post_processor'] {
  const { start, end } = template;
  const used = [...new Set([start, end])].filter((token) => token !== undefined);
  if (used.length === 0) return null;
  const text = { Sequence: { id: 'A' as const, type_id: 0 } };
  const before = start === undefined ? [] : [specialPiece(start, 0)];
  const after = end === undefined ? [] : [specialPiece(end, 0)];
  const secondAfter = end === undefined ? [] : [specialPiece(end, 1)];
  const single = [...before, text, ...after] as NonNullable<TokenizerFile['post_processor']>['single'];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, { Sequence: { id: 'B', type_id: 1 } }, ...secondAfter],
    special_tokens: Object.fromEntries(
      used.map((token) => [token, { id: token, ids: [tokens.indexOf(token)], tokens: [token] }]),
    ),
  };
}

function specialPiece(token: string, type: number): { SpecialToken: { id: string; type_id: number } } {
  return { SpecialToken: { id: token, type_id: type } };
}

function modelOf({ tokens, merges }: TokenizerParts): TokenizerFile['model'] {
  const pairs: [string, string][] = [];
  for (let index = 0; index < merges.length; index += 3) {
    pairs.push([tokens[merges[index]!]!, tokens[merges[index + 1]!]!]);
  }
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: false,
    vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
    merges: pairs,
  };
}
