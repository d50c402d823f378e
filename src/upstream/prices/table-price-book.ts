import type { Config } from '../../schema/config.ts';
import type { Price } from '../../schema/price-config.ts';
import type { PriceBook } from '../price-book.ts';
import { namesFrom, withoutVersion } from './model-name.ts';
import type { PriceTable } from './price-table.ts';
import { providerOf } from './provider-of.ts';

/**
 * Who serves open models and no own ones: a model's name says nothing about its price until it is known that this provider
 * serves it.
 */
const RESELLERS = new Set(['groq']);

/**
 * Prices in this order: the config's `prices` for `<upstream>/<model>`, the upstream's own `price` for its own model, `prices` for
 * the model, the table's of the upstream's provider, and, when the provider is unknown, the one maker's whose model has this
 * name. A name with a version falls back to the one without.
 */
export function priceBookOver(options: {
  upstreams: Config['upstreams'];
  prices: Config['prices'];
  table: PriceTable;
}): PriceBook {
  const found = new Map<string, Price | null>();
  return {
    priceOf(upstream, model) {
      const target = `${upstream}/${model}`;
      let price = found.get(target);
      if (price === undefined) {
        price = findPrice(options, upstream, model);
        if (found.size < MOST_REMEMBERED) found.set(target, price);
      }
      return price;
    },
  };
}

/** Clients choose the names, so that there is no end to them. */
const MOST_REMEMBERED = 10_000;

function findPrice(
  {
    upstreams,
    prices,
    table,
  }: { upstreams: Config['upstreams']; prices: Config['prices']; table: PriceTable },
  upstream: string,
  model: string,
): Price | null {
  const config = own(upstreams, upstream);
  const stated = own(prices, `${upstream}/${model}`);
  if (stated !== undefined) return stated;
  if (config?.price !== undefined && modelIdOf(config) === model) return config.price;
  const names = namesFrom(model);
  // What the config says of a model holds for its versions too, before what the table says of one of them.
  for (const name of names) {
    const price = own(prices, `${upstream}/${name}`) ?? own(prices, name);
    if (price !== undefined) return price;
  }
  const provider = config === undefined ? null : providerOf(config);
  for (const name of names) {
    const price = inTable(table, provider, name);
    if (price !== undefined) return price;
  }
  return newestVersion(table, provider, names[0]!) ?? null;
}

function modelIdOf(config: Config['upstreams'][string]): string {
  return 'baseUrl' in config ? config.model : config.model.modelId;
}

function inTable(table: PriceTable, provider: string | null, name: string): Price | undefined {
  for (const models of makersOf(table, provider)) {
    const price = own(models, name);
    if (price !== undefined) return price;
  }
  return undefined;
}

/** For `name` when the table knows it with versions only: the newest one's. */
function newestVersion(table: PriceTable, provider: string | null, name: string): Price | undefined {
  for (const models of makersOf(table, provider)) {
    const newest = Object.keys(models)
      .filter((known) => known !== name && withoutVersion(known) === name)
      .toSorted()
      .at(-1);
    if (newest !== undefined) return models[newest];
  }
  return undefined;
}

function makersOf({ providers }: PriceTable, provider: string | null): Record<string, Price>[] {
  if (provider !== null) return [own(providers, provider) ?? {}];
  return Object.entries(providers)
    .filter(([name]) => !RESELLERS.has(name))
    .map(([, models]) => models);
}

function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
