import { describe, expect, it } from 'vitest';
import { readWordnetExamples } from '../../../scripts/wordnet-examples.ts';
import { HomegrownError } from '../../errors/homegrown-error.ts';
import { trainTokenizer } from './train-tokenizer.ts';
import type { TokenizerTrainingOptions, TokenizerTrainingProgress } from './training-options.ts';

const OPTIONS = { vocabularySize: 700, normalizer: 'lowercase', specialTokens: ['[PAD]'] } as const;

async function corpus(share: number): Promise<string[]> {
  const texts = (await Array.fromAsync(readWordnetExamples())).map(({ input }) => input);
  return texts.filter((_, i) => i % share === 0);
}

/** The learnt merges as `left+right`. */
async function mergesOf(
  texts: readonly string[],
  options: Partial<TokenizerTrainingOptions> = {},
): Promise<string[]> {
  const { tokenizer } = await trainTokenizer(texts, {
    vocabularySize: 300,
    normalizer: 'none',
    minFrequency: 1,
    ...options,
  });
  const file = JSON.parse(tokenizer.toJson()) as { model: { merges: [string, string][] } };
  return file.model.merges.map((pair) => pair.join('+'));
}

async function refusalOf(options: Partial<TokenizerTrainingOptions>): Promise<string> {
  const refused = await trainTokenizer(['text'], { ...OPTIONS, ...options }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(HomegrownError);
  const { code, message } = refused as HomegrownError;
  return `${code}: ${message}`;
}

describe('trainTokenizer', () => {
  it('merges the most frequent pair first', async () => {
    expect(await mergesOf(['low low low', 'lower'])).toEqual(['l+o', 'lo+w', 'Ġ+low', 'e+r', 'low+er']);
  });

  it('takes the smaller ids of equally frequent pairs', async () => {
    expect(await mergesOf(['xy ab', 'ab xy'])).toEqual(['a+b', 'x+y', 'Ġ+ab', 'Ġ+xy']);
  });

  it('merges runs of one character from the left', async () => {
    expect(await mergesOf(['aaaaa'])).toEqual(['a+a', 'aa+a', 'aa+aaa']);
  });

  it('makes a token once that can be made in two ways', async () => {
    const { tokenizer } = await trainTokenizer(['abc '.repeat(9), 'ab '.repeat(5), 'bc '.repeat(7)], {
      vocabularySize: 400,
      minFrequency: 1,
      normalizer: 'none',
    });
    expect(tokenizer.decode(tokenizer.encode('abc ab bc abcabc'))).toBe('abc ab bc abcabc');
  });

  it('gives the same file with one, two and three workers, in this process and in threads', async () => {
    const texts = await corpus(12);
    const files = await Promise.all(
      [
        { workers: 1 },
        { workers: 2, threadsFrom: 0 },
        { workers: 3, threadsFrom: 100_000 },
        { workers: 3 },
      ].map(async (options) => (await trainTokenizer(texts, { ...OPTIONS, ...options })).tokenizer.toJson()),
    );
    expect(new Set(files).size).toBe(1);
  });

  it('reads texts as they come', async () => {
    const texts = await corpus(40);
    async function* stream(): AsyncGenerator<string> {
      for (const text of texts) yield await Promise.resolve(text);
    }
    const [whole, streamed] = [await trainTokenizer(texts, OPTIONS), await trainTokenizer(stream(), OPTIONS)];
    expect(streamed.tokenizer.toJson()).toBe(whole.tokenizer.toJson());
    expect(streamed.texts).toBe(texts.length);
  });

  it.each([
    ['in this process', {}],
    ['in threads', { workers: 2, threadsFrom: 0 }],
  ])('stops when aborted, %s', async (_name, options) => {
    const texts = await corpus(1);
    const abort = new AbortController();
    const training = trainTokenizer(texts, {
      ...OPTIONS,
      vocabularySize: 8000,
      ...options,
      signal: abort.signal,
    });
    setTimeout(() => abort.abort(new Error('enough')), 50);
    await expect(training).rejects.toThrow('enough');
  });

  it('is not begun when aborted before', async () => {
    const signal = AbortSignal.abort(new Error('never'));
    await expect(trainTokenizer([], { ...OPTIONS, signal })).rejects.toThrow('never');
  });

  it('lets other work have its turn', async () => {
    let longest = 0;
    let last = performance.now();
    const timer = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    await trainTokenizer(await corpus(2), { ...OPTIONS, vocabularySize: 4000 });
    clearInterval(timer);
    expect(longest).toBeGreaterThan(0);
    expect(longest).toBeLessThan(1000);
  });

  it('says how many tokens the data did not support', async () => {
    const { tokenizer, missingTokens, distinctWords } = await trainTokenizer(['ab ab ab'], {
      ...OPTIONS,
      vocabularySize: 1000,
    });
    expect(tokenizer.vocabularySize).toBe(1 + 256 + 2);
    expect({ missingTokens, distinctWords }).toEqual({ missingTokens: 741, distinctWords: 2 });
  });

  it('learns nothing from nothing', async () => {
    const { tokenizer, missingTokens, texts } = await trainTokenizer([], OPTIONS);
    expect({ missingTokens, texts }).toEqual({ missingTokens: 443, texts: 0 });
    expect(tokenizer.decode(tokenizer.encode('still reads é'))).toBe('still reads é');
  });

  it('leaves pairs alone that are rarer than asked', async () => {
    expect(await mergesOf(['ab ab ab', 'xy xy'], { minFrequency: 3 })).toEqual(['a+b']);
    expect(await mergesOf(['ab ab ab', 'xy'], { minFrequency: 4 })).toEqual([]);
  });

  it('tells how far it is', async () => {
    const seen: TokenizerTrainingProgress[] = [];
    await trainTokenizer(await corpus(12), {
      ...OPTIONS,
      workers: 2,
      threadsFrom: 0,
      onProgress: (progress) => seen.push(progress),
    });
    expect(seen.at(0)).toEqual({ stage: 'count', texts: expect.any(Number) });
    expect(seen.at(-1)).toEqual({ stage: 'merge', tokens: 700, vocabularySize: 700 });
  });

  it('passes on what the source of texts throws', async () => {
    async function* broken(): AsyncGenerator<string> {
      yield await Promise.resolve('text');
      throw new Error('the disk is gone');
    }
    await expect(trainTokenizer(broken(), OPTIONS)).rejects.toThrow('the disk is gone');
  });

  it('refuses what cannot be made', async () => {
    expect(await refusalOf({ vocabularySize: 256 })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: a vocabulary cannot have this size; expected a whole number from 257 (256 bytes and 1 special tokens) to 2097152; found 256"`,
    );
    expect(await refusalOf({ vocabularySize: 1000.5 })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: a vocabulary cannot have this size; expected a whole number from 257 (256 bytes and 1 special tokens) to 2097152; found 1000.5"`,
    );
    expect(await refusalOf({ minFrequency: -1 })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: a frequency must be a count; expected a whole number; found -1"`,
    );
    expect(await refusalOf({ specialTokens: ['[PAD]', '[PAD]'] })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: a special token cannot be used; expected different texts of at least one character; found "[PAD]""`,
    );
    expect(await refusalOf({ specialTokens: [''] })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: a special token cannot be used; expected different texts of at least one character; found """`,
    );
    expect(await refusalOf({ specialTokens: ['pad'] })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: a special token could come out of ordinary text; expected brackets or other signs around a word, as in [PAD] or <|endoftext|>; found "pad""`,
    );
    expect(await refusalOf({ template: { start: '[CLS]' } })).toMatchInlineSnapshot(
      `"model/bad-tokenizer-options: the template uses a token that is not special; expected one of ["[PAD]"]; found "[CLS]""`,
    );
  });
});
