import type { Price } from '../schema/price-config.ts';

/** Knows what models of upstreams cost. */
export interface PriceBook {
  /** By the upstream's name in the config and its name of the model; null when nobody knows. */
  priceOf(upstream: string, model: string): Price | null;
}

/** The price of `<upstream>/<its model>`. */
export function priceOfTarget(book: PriceBook, target: string): Price | null {
  const slash = target.indexOf('/');
  return slash === -1 ? null : book.priceOf(target.slice(0, slash), target.slice(slash + 1));
}
