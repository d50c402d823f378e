import { describe, expect, test } from 'vitest';
import { configSchema, type ConfigInput } from '../../schema/config.ts';
import { type PriceBook, priceOfTarget } from '../price-book.ts';
import { bundledPriceTable } from './bundled-price-table.ts';
import type { PriceTable } from './price-table.ts';
import { priceBookOver } from './table-price-book.ts';

const rate = (inputPer1mUsd: number): { inputPer1mUsd: number; outputPer1mUsd: number } => ({
  inputPer1mUsd,
  outputPer1mUsd: 2 * inputPer1mUsd,
});

const TABLE: PriceTable = {
  source: 'test',
  date: '2026-11-25',
  providers: {
    openai: {
      'gpt-x': rate(1),
      'gpt-x-2026-01-02': rate(1.5),
      'gpt-audio-2025-01-01': rate(7),
      'gpt-audio-2026-01-01': rate(8),
      'ft:gpt-x': rate(3),
    },
    google: { 'gemini-y': rate(4) },
    groq: { 'llama-z': rate(0.1), 'gpt-x': rate(99) },
  },
};

function bookOf(config: Pick<ConfigInput, 'upstreams' | 'prices'>, table = TABLE): PriceBook {
  return priceBookOver({ ...configSchema.parse({ tasks: {}, ...config }), table });
}

const at = (baseUrl: string, more = {}): NonNullable<ConfigInput['upstreams']>[string] => ({
  baseUrl,
  model: 'gpt-x',
  ...more,
});

describe('the price of a model', () => {
  const book = bookOf({
    upstreams: {
      main: at('https://api.openai.com/v1'),
      google: at('https://generativelanguage.googleapis.com/v1beta/openai'),
      groq: at('https://api.groq.com/openai/v1'),
      proxy: at('http://127.0.0.1:9/v1'),
    },
  });

  test.each([
    ['main/gpt-x', 1],
    ['main/gpt-x-2026-01-02', 1.5],
    ['main/gpt-x-2027-12-31', 1],
    ['main/gpt-x-20270102', 1],
    ['main/gpt-x-0613', 1],
    ['main/gpt-x-latest', 1],
    ['main/ft:gpt-x:acme::abc123', 3],
    ['main/ft:gpt-x-2026-01-02:acme::abc123', 3],
    ['google/models/gemini-y-001', 4],
    ['google/gemini-y', 4],
    ['groq/llama-z', 0.1],
    ['groq/gpt-x', 99],
    ['main/gpt-audio', 8],
    ['main/gpt-audio-2025-01-01', 7],
  ])('%s is found', (target, input) => {
    expect(priceOfTarget(book, target)?.inputPer1mUsd).toBe(input);
  });

  test.each([
    'main/gpt-xx',
    'main/gpt',
    'main/gemini-y',
    'groq/gemini-y',
    'main/',
    'topic@1',
    'main/__proto__',
    'main/constructor',
  ])('%s is unknown', (target) => expect(priceOfTarget(book, target)).toBeNull());

  test('is its maker’s where the address says nothing, and unknown for open models that many serve', () => {
    expect(priceOfTarget(book, 'proxy/gpt-x-2027-12-31')?.inputPer1mUsd).toBe(1);
    expect(priceOfTarget(book, 'proxy/gemini-y')?.inputPer1mUsd).toBe(4);
    expect(priceOfTarget(book, 'proxy/llama-z')).toBeNull();
  });

  test('is what the config says, the narrower the stronger', () => {
    const stated = bookOf({
      upstreams: {
        main: at('https://api.openai.com/v1', { price: rate(10) }),
        other: at('https://api.openai.com/v1'),
      },
      prices: {
        'gpt-x': rate(20),
        'other/gpt-x': rate(30),
        'own-model': rate(40),
      },
    });
    expect(priceOfTarget(stated, 'main/gpt-x')?.inputPer1mUsd).toBe(10);
    expect(priceOfTarget(stated, 'main/gpt-x-2027-01-01')?.inputPer1mUsd).toBe(20);
    expect(priceOfTarget(stated, 'main/gpt-x-2026-01-02')?.inputPer1mUsd).toBe(20);
    expect(priceOfTarget(stated, 'other/gpt-x')?.inputPer1mUsd).toBe(30);
    expect(priceOfTarget(stated, 'other/gpt-x-2027-01-01')?.inputPer1mUsd).toBe(30);
    expect(priceOfTarget(stated, 'other/own-model')?.inputPer1mUsd).toBe(40);
  });

  test('comes from an AI SDK model’s provider', () => {
    const model = { modelId: 'gpt-x', provider: 'groq.chat', doGenerate: () => undefined };
    const upstreams = { sdk: { model } } as unknown as ConfigInput['upstreams'] & {};
    expect(priceOfTarget(bookOf({ upstreams }), 'sdk/gpt-x')?.inputPer1mUsd).toBe(99);
  });
});

describe('the table that comes with Homegrown', () => {
  const table = bundledPriceTable();
  const book = bookOf({}, table);

  test('says where it is from and of which day it is', () => {
    expect(table.source).toMatch(/litellm \d+\.\d+/);
    expect(Date.parse(table.date)).toBeGreaterThan(Date.parse('2026-01-01'));
  });

  test('has every provider, and no model that costs nothing', () => {
    const providers = Object.entries(table.providers);
    expect(providers.map(([name]) => name)).toEqual([
      'anthropic',
      'cohere',
      'deepseek',
      'google',
      'groq',
      'mistral',
      'openai',
      'xai',
    ]);
    for (const [, models] of providers) {
      expect(Object.keys(models).length).toBeGreaterThan(4);
      for (const price of Object.values(models)) {
        expect(price.inputPer1mUsd + price.outputPer1mUsd).toBeGreaterThan(0);
        expect(price.inputPer1mUsd).toBeLessThan(1000);
      }
    }
  });

  test('knows what providers publish', () => {
    expect(book.priceOf('any', 'gpt-4o-mini-2024-07-18')).toMatchObject({
      inputPer1mUsd: 0.15,
      cachedInputPer1mUsd: 0.075,
      outputPer1mUsd: 0.6,
      maxOutputTokens: 16_384,
    });
    expect(book.priceOf('any', 'text-embedding-3-small')).toMatchObject({
      inputPer1mUsd: 0.02,
      outputPer1mUsd: 0,
    });
    expect(book.priceOf('any', 'gpt-audio')).toMatchObject({
      audioInputPer1mUsd: 32,
      audioOutputPer1mUsd: 64,
    });
    expect(book.priceOf('any', 'gemini-2.5-pro')).toMatchObject({
      longInput: [{ aboveInputTokens: 200_000 }],
    });
  });
});
