// usage: node scripts/generate-price-table.ts <date> [version]
// Writes src/upstream/prices/price-table.json from the model price file inside the PyPI package litellm (MIT), which pip
// downloads. <date> is the day the table is said to be of, YYYY-MM-DD.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Price } from '../src/schema/price-config.ts';
import { priceTableSchema } from '../src/upstream/prices/price-table.ts';

const TARGET = fileURLToPath(new URL('../src/upstream/prices/price-table.json', import.meta.url));
const PRICE_FILE = 'litellm/model_prices_and_context_window_backup.json';
const MODES = new Set(['chat', 'responses', 'embedding']);
const PROVIDERS: Record<string, string> = {
  openai: 'openai',
  anthropic: 'anthropic',
  gemini: 'google',
  mistral: 'mistral',
  deepseek: 'deepseek',
  groq: 'groq',
  xai: 'xai',
  cohere: 'cohere',
  cohere_chat: 'cohere',
};
const RATES: Record<string, string> = {
  inputPer1mUsd: 'input_cost_per_token',
  cachedInputPer1mUsd: 'cache_read_input_token_cost',
  cacheWritePer1mUsd: 'cache_creation_input_token_cost',
  audioInputPer1mUsd: 'input_cost_per_audio_token',
  outputPer1mUsd: 'output_cost_per_token',
  reasoningPer1mUsd: 'output_cost_per_reasoning_token',
  audioOutputPer1mUsd: 'output_cost_per_audio_token',
};
/** The source has an embedding at a thousand times the price of its siblings; unknown is better than wrong. */
const MOST_PLAUSIBLE_EMBEDDING_USD = 10;
const SERVICE_TIERS = ['priority', 'flex'];

const entrySchema = z.looseObject({
  litellm_provider: z.string().optional(),
  mode: z.string().optional(),
  max_input_tokens: z.union([z.number(), z.string()]).nullish(),
  max_output_tokens: z.union([z.number(), z.string()]).nullish(),
});
type Entry = z.infer<typeof entrySchema>;
type Rates = Partial<Omit<Price, 'longInput' | 'serviceTiers'>>;

function main(date: string, version: string): void {
  const { wheel, prices } = download(version);
  const providers: Record<string, Record<string, Price>> = {};
  for (const [name, value] of Object.entries(prices)) {
    const entry = entrySchema.safeParse(value).data;
    const provider = PROVIDERS[entry?.litellm_provider ?? ''];
    if (entry === undefined || provider === undefined || !MODES.has(entry.mode ?? '')) continue;
    const price = priceOf(entry);
    if (price === null) continue;
    const models = (providers[provider] ??= {});
    const bare = name.replace(new RegExp(`^${entry.litellm_provider?.replace('_chat', '')}/`), '');
    // A name with its provider before it is the more careful entry of two.
    if (models[bare] === undefined || bare !== name) models[bare] = price;
  }
  const table = priceTableSchema.parse({
    source: `${PRICE_FILE} of the PyPI package litellm ${wheel} (MIT, © 2023 Berri AI)`,
    date,
    providers: sorted(
      Object.entries(providers).map(([provider, models]) => [provider, sorted(Object.entries(models))]),
    ),
  });
  writeFileSync(TARGET, render(table));
  for (const [provider, models] of Object.entries(table.providers))
    console.error(`${provider}: ${Object.keys(models).length} models`);
}

function download(version: string): { wheel: string; prices: Record<string, unknown> } {
  const directory = mkdtempSync(join(tmpdir(), 'price-table-'));
  try {
    const pip = ['download', '--quiet', '--no-deps', '--dest', directory, `litellm==${version}`];
    execFileSync('pip', pip, { stdio: ['ignore', 'inherit', 'inherit'] });
    const wheel = readdirSync(directory).find((file) => file.endsWith('.whl'))!;
    execFileSync('python3', ['-m', 'zipfile', '-e', join(directory, wheel), directory]);
    const prices = JSON.parse(readFileSync(join(directory, PRICE_FILE), 'utf8')) as Record<string, unknown>;
    return { wheel: wheel.split('-')[1]!, prices };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** null for a model without a stated price: 0 for both directions means there that nobody knows or that a trial is free. */
function priceOf(entry: Entry): Price | null {
  const base = ratesOf(entry, '');
  if (base.inputPer1mUsd === undefined) return null;
  if (entry.mode === 'embedding' && base.inputPer1mUsd > MOST_PLAUSIBLE_EMBEDDING_USD) return null;
  const outputPer1mUsd = base.outputPer1mUsd ?? (entry.mode === 'embedding' ? 0 : undefined);
  if (outputPer1mUsd === undefined || (base.inputPer1mUsd === 0 && outputPer1mUsd === 0)) return null;
  const longInput = longInputOf(entry, '');
  const serviceTiers = serviceTiersOf(entry);
  return {
    ...base,
    inputPer1mUsd: base.inputPer1mUsd,
    outputPer1mUsd,
    ...limitOf('maxInputTokens', entry.max_input_tokens),
    ...limitOf('maxOutputTokens', entry.mode === 'embedding' ? null : entry.max_output_tokens),
    ...(longInput.length === 0 ? {} : { longInput }),
    ...(Object.keys(serviceTiers).length === 0 ? {} : { serviceTiers }),
  };
}

/** Dollars for a token become dollars for a million. */
function ratesOf(entry: Entry, suffix: string): Rates {
  const rates: Record<string, number> = {};
  for (const [ours, theirs] of Object.entries(RATES)) {
    const value = entry[`${theirs}${suffix}`];
    // Writing to a cache at 0 means there that it costs nothing more than other input.
    if (typeof value === 'number' && (value > 0 || ours !== 'cacheWritePer1mUsd'))
      rates[ours] = Number((value * 1e6).toPrecision(10));
  }
  return rates;
}

function longInputOf(entry: Entry, suffix: string): NonNullable<Price['longInput']> {
  const thresholds = new Set<number>();
  for (const key of Object.keys(entry)) {
    const match = /_above_(\d+)k_tokens/.exec(key);
    if (match !== null) thresholds.add(Number(match[1]));
  }
  return [...thresholds]
    .toSorted((a, b) => a - b)
    .map((thousands) => ({
      // xAI bills the dearer rate from the threshold on, the others above it.
      aboveInputTokens: thousands * 1000 - (entry.litellm_provider === 'xai' ? 1 : 0),
      ...ratesOf(entry, `_above_${thousands}k_tokens${suffix}`),
    }))
    .filter((rates) => Object.keys(rates).length > 1);
}

function serviceTiersOf(entry: Entry): NonNullable<Price['serviceTiers']> {
  const tiers: NonNullable<Price['serviceTiers']> = {};
  for (const tier of SERVICE_TIERS) {
    const rates = ratesOf(entry, `_${tier}`);
    const longInput = longInputOf(entry, `_${tier}`);
    if (Object.keys(rates).length === 0) continue;
    tiers[tier] = { ...rates, ...(longInput.length === 0 ? {} : { longInput }) };
  }
  return tiers;
}

function limitOf(name: string, value: number | string | null | undefined): Record<string, number> {
  return typeof value === 'number' && value > 0 ? { [name]: value } : {};
}

function sorted<T>(entries: readonly (readonly [string, T])[]): Record<string, T> {
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One line for each model, so that a new version of the table shows what changed. */
function render({ source, date, providers }: z.infer<typeof priceTableSchema>): string {
  const blocks = Object.entries(providers).map(([provider, models]) => {
    const lines = Object.entries(models).map(
      ([name, price]) => `      ${JSON.stringify(name)}: ${JSON.stringify(price)}`,
    );
    return `    ${JSON.stringify(provider)}: {\n${lines.join(',\n')}\n    }`;
  });
  return `{\n  "source": ${JSON.stringify(source)},\n  "date": ${JSON.stringify(date)},\n  "providers": {\n${blocks.join(',\n')}\n  }\n}\n`;
}

const [date, version = '1.108.*'] = process.argv.slice(2);
if (date === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(date)) {
  console.error('usage: node scripts/generate-price-table.ts <YYYY-MM-DD> [version]');
  process.exitCode = 2;
} else main(date, version);
