import { beforeAll, describe, expect, it } from 'vitest';
import type { HomegrownError } from '../../errors/homegrown-error.ts';
import { seededRandom } from '../../util/random.ts';
import { Tokenizer } from './tokenizer.ts';
import { trainTokenizer } from './train-tokenizer.ts';

const TEXTS = [
  'the theory of the thing',
  'then there they are',
  "don't they're",
  'über straße',
  '日本語の文',
];
let tokenizer: Tokenizer;

beforeAll(async () => {
  const trained = await trainTokenizer(TEXTS, {
    vocabularySize: 300,
    minFrequency: 1,
    normalizer: 'nfc',
    specialTokens: ['[PAD]', '[CLS]', '<|endoftext|>', '[CLS][CLS]'],
    template: { start: '[CLS]', end: '<|endoftext|>' },
  });
  ({ tokenizer } = trained);
});

describe('Tokenizer', () => {
  it('gives special tokens the first ids', () => {
    expect(['[PAD]', '[CLS]', '<|endoftext|>', '!', 'Ġ'].map((token) => tokenizer.tokenId(token))).toEqual([
      0, 1, 2, 4, 224,
    ]);
    expect(tokenizer.tokenId('absent')).toBeUndefined();
    expect(tokenizer.vocabularySize).toBe(300);
  });

  it('merges what was learnt and falls back to bytes', () => {
    expect(tokenizer.encode('the').length).toBe(1);
    expect(tokenizer.encode('🫠').length).toBe(4);
    expect([...tokenizer.encode('')]).toEqual([]);
  });

  it('takes the text of a special token for text unless asked', () => {
    const text = 'a [CLS] b';
    expect(tokenizer.encode(text)).not.toContain(1);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    const parsed = tokenizer.encode(text, { parseSpecialTokens: true });
    expect(parsed).toContain(1);
    expect(tokenizer.decode(parsed)).toBe('a  b');
    expect(tokenizer.decode(parsed, { skipSpecialTokens: false })).toBe(text);
  });

  it('takes the longest special token', () => {
    expect([...tokenizer.encode('[CLS][CLS][CLS]', { parseSpecialTokens: true })]).toEqual([3, 1]);
  });

  it('adds the tokens of the template when asked', () => {
    const ids = [...tokenizer.encode('the', { addSpecialTokens: true })];
    expect(ids).toEqual([1, ...tokenizer.encode('the'), 2]);
    expect([...tokenizer.encode('', { addSpecialTokens: true })]).toEqual([1, 2]);
  });

  it('encodes batches text by text', () => {
    expect(tokenizer.encodeBatch(TEXTS)).toEqual(TEXTS.map((text) => tokenizer.encode(text)));
  });

  it.each([
    ['lone surrogates', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
    ['decomposed letters', 'e\u0301', 'é'],
    ['NUL', '\0\0', '\0\0'],
    ['a byte-order mark', '\ufeffthe', '\ufeffthe'],
    [
      'white space of all kinds',
      ' \t\u00a0\u0085\u2028\u3000\r\n  \n x  ',
      ' \t\u00a0\u0085\u2028\u3000\r\n  \n x  ',
    ],
    ['emoji', '👩‍👩‍👧🏳️‍🌈', '👩‍👩‍👧🏳️‍🌈'],
    ['right to left', 'שלום مرحبا ١٢٣', 'שלום مرحبا ١٢٣'],
  ])('reads back %s', (_name, text, expected) => {
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(expected);
  });

  it('reads back a word of a million characters within seconds', () => {
    const text = 'theory'.repeat(170_000);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
  });

  it('gives the same ids again when its cache has overflown', () => {
    const random = seededRandom(3);
    const words = Array.from({ length: 70_000 }, () => random.integer(2 ** 32).toString(36));
    const first = tokenizer.encode(words.slice(0, 100).join(' '));
    tokenizer.encode(words.join(' '));
    expect(tokenizer.encode(words.slice(0, 100).join(' '))).toEqual(first);
  });

  it('decodes cut characters to U+FFFD', () => {
    expect(tokenizer.decode(tokenizer.encode('🫠').slice(0, 2))).toBe('\ufffd');
  });

  it('is the same after a file', () => {
    const json = tokenizer.toJson();
    const loaded = Tokenizer.fromJson(json);
    expect(loaded.toJson()).toBe(json);
    for (const text of TEXTS) expect(loaded.encode(text)).toEqual(tokenizer.encode(text));
  });

  it('refuses to decode an id it does not know', () => {
    expect(() => tokenizer.decode([300])).toThrowErrorMatchingInlineSnapshot(
      `[HomegrownError: an id cannot be decoded; expected a whole number from 0 to 299; found 300]`,
    );
  });
});

describe('Tokenizer.fromJson', () => {
  // oxlint-disable-next-line typescript/no-explicit-any
  function refusal(change: (file: any) => unknown): string {
    const file: unknown = JSON.parse(tokenizer.toJson());
    const changed = change(file) ?? file;
    try {
      Tokenizer.fromJson(typeof changed === 'string' ? changed : JSON.stringify(changed));
    } catch (error) {
      const { code, message } = error as HomegrownError;
      return `${code}: ${message}`;
    }
    return 'accepted';
  }

  it('reads merges in the older form', () => {
    const older = refusal((file) => {
      file.model.merges = file.model.merges.map((pair: string[]) => pair.join(' '));
    });
    expect(older).toBe('accepted');
  });

  it('refuses what is malformed', () => {
    expect(refusal(() => '{"version":')).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json is not JSON; found Unexpected end of JSON input"`,
    );
    expect(refusal(() => '[]')).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json is malformed; expected object; found []"`,
    );
    expect(refusal((file) => void delete file.model)).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json is malformed at model; expected object; found nothing"`,
    );
    expect(refusal((file) => void (file.model.vocab = 7))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json is malformed at model.vocab; expected object; found 7"`,
    );
    expect(refusal((file) => void (file.model.vocab['!'] = 5))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong token id; expected one token per id; found "!" and "\\"" with id 5"`,
    );
    expect(refusal((file) => void (file.model.vocab['!'] = 1.5))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong token id; expected a whole number from 0 to 299; found 1.5 for "!""`,
    );
    expect(refusal((file) => void (file.model.vocab['日'] = 300))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a token that is not bytes; expected characters of GPT-2's byte alphabet, or a special token; found "日""`,
    );
    expect(refusal((file) => void (file.added_tokens[0].id = 9))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong token id; expected 0 for "[PAD]", as in the vocabulary; found 9"`,
    );
    expect(refusal((file) => void file.model.merges.push(['x', 'absent']))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong merge at model.merges.40; expected two tokens of the vocabulary that make a third one; found ["x","absent"]"`,
    );
    expect(refusal((file) => void file.model.merges.push(file.model.merges[0]))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong merge at model.merges.40; expected each pair once; found ["t","h"]"`,
    );
    expect(refusal((file) => void (file.model.merges[3] = 'a b c'))).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong merge at model.merges.3; expected two tokens of the vocabulary that make a third one; found "a b c""`,
    );
    expect(
      refusal((file) => void (file.post_processor.special_tokens['[CLS]'].ids = [7])),
    ).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json has a wrong post_processor; expected special tokens with their ids; found "[CLS]" with [7]"`,
    );
    expect(
      refusal((file) => {
        const last = Object.keys(file.model.vocab).find((token) => file.model.vocab[token] === 299)!;
        file.model.vocab[last] = file.model.vocab['a'];
        delete file.model.vocab['a'];
        file.model.merges = [];
        file.model.vocab['xa'] = 299;
      }),
    ).toMatchInlineSnapshot(
      `"model/bad-tokenizer: tokenizer.json does not cover all bytes; expected a token for each of the 256 bytes; found none for byte 97 ("a")"`,
    );
  });

  it('refuses other kinds of tokenizer', () => {
    expect(refusal((file) => void (file.model.type = 'WordPiece'))).toMatchInlineSnapshot(
      `"model/unsupported-tokenizer: the model of tokenizer.json cannot be used here; expected byte-level BPE without dropout, unknown token, prefix, suffix or byte fallback; found model.type: "WordPiece""`,
    );
    expect(refusal((file) => void (file.model.dropout = 0.1))).toMatchInlineSnapshot(
      `"model/unsupported-tokenizer: the model of tokenizer.json cannot be used here; expected byte-level BPE without dropout, unknown token, prefix, suffix or byte fallback; found model.dropout: 0.1"`,
    );
    expect(refusal((file) => void (file.normalizer = { type: 'NFKC' }))).toMatchInlineSnapshot(
      `"model/unsupported-tokenizer: the normalizer of tokenizer.json cannot be used here; expected none, NFC, or NFC then Lowercase; found normalizer: {"type":"NFKC"}"`,
    );
    expect(refusal((file) => void (file.pre_tokenizer = { type: 'Whitespace' }))).toMatchInlineSnapshot(
      `"model/unsupported-tokenizer: the pre_tokenizer of tokenizer.json cannot be used here; expected the Split pattern that Homegrown writes, then ByteLevel; found pre_tokenizer.type: "Whitespace""`,
    );
    expect(refusal((file) => void (file.added_tokens[0].lstrip = true))).toMatchInlineSnapshot(
      `"model/unsupported-tokenizer: the added_tokens of tokenizer.json cannot be used here; expected special tokens that match exactly (no strip, single_word or normalized); found added_tokens.0.lstrip: true"`,
    );
    expect(refusal((file) => void (file.truncation = { max_length: 8 }))).toMatchInlineSnapshot(
      `"model/unsupported-tokenizer: the truncation of tokenizer.json cannot be used here; expected none; found truncation: {"max_length":8}"`,
    );
  });
});
