import { describe, expect, test } from 'vitest';
import type { Price } from '../../schema/price-config.ts';
import type { CallFacts } from '../call-facts.ts';
import { DEFAULT_CONTEXT_TOKENS, DEFAULT_OUTPUT_TOKENS, mostTokensOf } from './most-tokens.ts';

const PRICE: Price = { inputPer1mUsd: 1, outputPer1mUsd: 2, maxInputTokens: 100_000, maxOutputTokens: 8000 };

function facts(
  request: Record<string, unknown>,
  endpoint: CallFacts['endpoint'] = 'chat-completions',
): CallFacts {
  return { endpoint, request, body: Buffer.from(JSON.stringify(request)) } as unknown as CallFacts;
}

const most = (
  request: Record<string, unknown>,
  price: Price | null = PRICE,
): { input: number; output: number } => mostTokensOf(facts(request), price);

const said = (content: unknown): { messages: unknown[] } => ({ messages: [{ role: 'user', content }] });

describe('the most tokens of a call', () => {
  test.each([
    ['the request’s own limit', { max_tokens: 100 }, 100],
    ['its newer name', { max_completion_tokens: 200, max_tokens: 100 }, 200],
    ['the one of responses', { max_output_tokens: 300 }, 300],
    ['several choices', { max_tokens: 100, n: 3 }, 300],
    ['more than the model gives', { max_tokens: 1_000_000 }, 8000],
    ['nothing', {}, 8000],
    ['nonsense', { max_tokens: -1, n: 0.5 }, 8000],
  ])('of output are bounded by %s', (_what, request, output) => {
    expect(most({ ...said('hi'), ...request }).output).toBe(output);
  });

  test('of output without any limit are the stated ones', () => {
    expect(most(said('hi'), null).output).toBe(DEFAULT_OUTPUT_TOKENS);
  });

  test('of input are at least the bytes of the text, whatever it is', () => {
    for (const text of ['a', 'naïve', '中文字', '🐈‍⬛', '\u0000\u001f', '\\"\n']) {
      const request = said(text.repeat(50));
      expect(most(request).input).toBeGreaterThan(Buffer.byteLength(text.repeat(50)));
    }
  });

  test('of input are no more than the model takes', () => {
    expect(most(said('x'.repeat(400_000))).input).toBe(100_000);
  });

  test('of a picture are those of the dearest provider, however few bytes name it', () => {
    const image = (detail?: string): unknown => [
      { type: 'image_url', image_url: { url: 'https://pictures.example/1.png', detail } },
    ];
    expect(most(said(image())).input).toBeGreaterThan(48_169);
    expect(most(said(image('low'))).input).toBeLessThan(4000);
    const input = [{ role: 'user', content: [{ type: 'input_image', file_id: 'f', detail: 'high' }] }];
    expect(most({ input }).input).toBeGreaterThan(48_169);
  });

  test.each([
    ['an earlier response', { previous_response_id: 'resp_1' }],
    ['a conversation', { conversation: 'conv_1' }],
    ['a stored prompt', { prompt: { id: 'pmpt_1' } }],
    ['a file', said([{ type: 'file', file: { file_id: 'file_1' } }])],
    ['an item', { input: [{ type: 'item_reference', id: 'x' }] }],
    ['a tool of the provider', { ...said('hi'), tools: [{ type: 'web_search' }] }],
    ['a part that nobody knows', said([{ type: 'hologram' }])],
  ])('of %s, which only the provider has, are a whole context', (_what, request) => {
    expect(most(request).input).toBe(100_000);
    expect(most(request, null).input).toBe(DEFAULT_CONTEXT_TOKENS);
  });

  test('of functions and sound are their bytes', () => {
    const request = {
      ...said([{ type: 'input_audio', input_audio: { data: 'A'.repeat(1000), format: 'wav' } }]),
      tools: [{ type: 'function', function: { name: 'f' } }],
    };
    const { input } = most(request);
    expect(input).toBeLessThan(JSON.stringify(request).length + 2000);
    expect(input).toBeGreaterThan(1000);
  });

  test('of embeddings are input alone, for a batch more than one text may have', () => {
    const request = { input: Array.from({ length: 100 }, () => 'x'.repeat(5000)) };
    expect(mostTokensOf(facts(request, 'embeddings'), PRICE)).toEqual({
      input: expect.any(Number),
      output: 0,
    });
    expect(mostTokensOf(facts(request, 'embeddings'), PRICE).input).toBeGreaterThan(500_000);
  });
});
