import { costOfTokens, mostCostOfTokens } from '../../upstream/price.ts';
import { priceOfTarget, type PriceBook } from '../../upstream/price-book.ts';
import type { CallFacts } from '../call-facts.ts';
import type { CostOf } from '../pipeline/call-hooks.ts';
import { mostTokensOf, serviceTierOf } from './most-tokens.ts';

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

  /** By its tokens; an own model by what it spent elsewhere, else by the time it worked. */
  readonly costOf: CostOf = ({ target, tokens, durationMs, upstreamUsd, serviceTier }) => {
    if (target.kind === 'own') return upstreamUsd === undefined ? this.#costOfMs(durationMs) : upstreamUsd;
    return costOfTokens(this.#book.priceOf(target.upstream, target.model), tokens, serviceTier);
  };

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
    return { tokens, usd: mostCostOfTokens(price, tokens, serviceTierOf(facts)) };
  }

  #costOfMs(milliseconds: number): number | null {
    return this.#usdPerHour === null ? null : (milliseconds / 3_600_000) * this.#usdPerHour;
  }
}

/** `<model>@<version>`; an upstream's model has a slash after the upstream's name. */
export function isOwnTarget(target: string): boolean {
  return !target.includes('/');
}
