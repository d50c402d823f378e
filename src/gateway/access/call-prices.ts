import type { TokenCounts } from '../../schema/inference.ts';
import { costOfTokens, mostCostOfTokens } from '../../upstream/price.ts';
import { priceOfTarget, type PriceBook } from '../../upstream/price-book.ts';
import type { CallFacts } from '../call-facts.ts';
import { mostTokensOf } from './most-tokens.ts';

/** A call to an own model is reckoned with so much of the machine's time before it is measured. */
const MOST_OWN_SECONDS = 10;

/** What calls cost, before and after. */
export class CallPrices {
  readonly #book: PriceBook;
  readonly #usdPerHour: number | null;

  /** `usdPerHour` of the machine that serves; null: unknown, and so is what own models cost. */
  constructor({ book, usdPerHour }: { book: PriceBook; usdPerHour: number | null }) {
    this.#book = book;
    this.#usdPerHour = usdPerHour;
  }

  /** US dollars for an answer of a target; own models by the seconds that they worked. null: unknown. */
  costOf(
    target: string,
    used: { tokens: TokenCounts; ownMs: number; serviceTier?: string | null },
  ): number | null {
    if (isOwnTarget(target)) return this.#costOfMs(used.ownMs);
    return costOfTokens(priceOfTarget(this.#book, target), used.tokens, used.serviceTier);
  }

  /** The most that a call can use with a target: tokens, and US dollars (null: the price is unknown). */
  mostOf(
    target: string,
    facts: CallFacts,
  ): { tokens: { input: number; output: number }; usd: number | null } {
    if (isOwnTarget(target)) {
      return { tokens: { input: 0, output: 0 }, usd: this.#costOfMs(MOST_OWN_SECONDS * 1000) };
    }
    const price = priceOfTarget(this.#book, target);
    const tokens = mostTokensOf(facts, price);
    const tier = facts.request['service_tier'];
    return { tokens, usd: mostCostOfTokens(price, tokens, typeof tier === 'string' ? tier : null) };
  }

  #costOfMs(milliseconds: number): number | null {
    return this.#usdPerHour === null ? null : (milliseconds / 3_600_000) * this.#usdPerHour;
  }
}

/** `<model>@<version>`; an upstream's model has a slash after the upstream's name. */
export function isOwnTarget(target: string): boolean {
  return !target.includes('/');
}
