import { z } from 'zod';
import { PRE_TOKEN_PATTERN } from './pre-tokenizer.ts';

const absent = z.null().optional();
const emptyText = z.union([z.null(), z.literal('')]).optional();
const id = z.int().min(0);

const addedToken = z.strictObject({
  id,
  content: z.string().min(1),
  single_word: z.literal(false),
  lstrip: z.literal(false),
  rstrip: z.literal(false),
  normalized: z.literal(false),
  special: z.literal(true),
});

const nfc = z.strictObject({ type: z.literal('NFC') });
const lowercase = z.strictObject({ type: z.literal('Lowercase') });
const normalizer = z.union([
  z.null(),
  nfc,
  z.strictObject({ type: z.literal('Sequence'), normalizers: z.tuple([nfc, lowercase]) }),
]);

const preTokenizer = z.strictObject({
  type: z.literal('Sequence'),
  pretokenizers: z.tuple([
    z.strictObject({
      type: z.literal('Split'),
      pattern: z.strictObject({ Regex: z.literal(PRE_TOKEN_PATTERN) }),
      behavior: z.literal('Isolated'),
      invert: z.literal(false),
    }),
    z.strictObject({
      type: z.literal('ByteLevel'),
      add_prefix_space: z.literal(false),
      trim_offsets: z.boolean(),
      use_regex: z.literal(false),
    }),
  ]),
});

const specialPiece = z.strictObject({
  SpecialToken: z.strictObject({ id: z.string(), type_id: z.int() }),
});
const textPiece = z.strictObject({
  Sequence: z.strictObject({ id: z.literal('A'), type_id: z.int() }),
});
const postProcessor = z.strictObject({
  type: z.literal('TemplateProcessing'),
  single: z.union([
    z.tuple([textPiece]),
    z.tuple([specialPiece, textPiece]),
    z.tuple([textPiece, specialPiece]),
    z.tuple([specialPiece, textPiece, specialPiece]),
  ]),
  pair: z.array(z.unknown()),
  special_tokens: z.record(
    z.string(),
    z.strictObject({ id: z.string(), ids: z.array(id), tokens: z.array(z.string()) }),
  ),
});

const decoder = z.strictObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.boolean(),
  trim_offsets: z.boolean(),
  use_regex: z.boolean(),
});

const model = z.strictObject({
  type: z.literal('BPE'),
  dropout: absent,
  unk_token: absent,
  continuing_subword_prefix: emptyText,
  end_of_word_suffix: emptyText,
  fuse_unk: z.boolean().optional(),
  byte_fallback: z.literal(false).optional(),
  ignore_merges: z.literal(false).optional(),
  // A record schema would drop a token called `__proto__`; ids are checked with the merges.
  vocab: z.custom<Record<string, unknown>>((value) => typeof value === 'object' && value !== null, 'object'),
  merges: z.array(z.union([z.tuple([z.string(), z.string()]), z.string()])),
});

/** The part of Hugging Face's `tokenizer.json` that is understood here: byte-level BPE as Homegrown trains it. */
export const tokenizerFileSchema: z.ZodType<TokenizerFile> = z.strictObject({
  version: z.literal('1.0'),
  truncation: absent,
  padding: absent,
  added_tokens: z.array(addedToken),
  normalizer,
  pre_tokenizer: preTokenizer,
  post_processor: z.union([z.null(), postProcessor]),
  decoder,
  model,
});

export interface TokenizerFile {
  version: '1.0';
  truncation?: null | undefined;
  padding?: null | undefined;
  added_tokens: z.infer<typeof addedToken>[];
  normalizer: z.infer<typeof normalizer>;
  pre_tokenizer: z.infer<typeof preTokenizer>;
  post_processor: z.infer<typeof postProcessor> | null;
  decoder: z.infer<typeof decoder>;
  model: z.infer<typeof model>;
}
