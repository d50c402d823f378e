import { costOfTokens, mostCostOfTokens } from '../../upstream/price.ts';
import { priceOfTarget, type PriceBook } from '../../upstream/price-book.ts';
import type { CallFacts } from '../call-facts.ts';
import type { CostOf } from '../pipeline/call-hooks.ts';
import { mostTokensOf, serviceTierOf } from './most-tokens.ts';

/** A call to an own model is reckoned with so much of the machine's time before it is measured. */
const MOST_OWN_SECONDS = 10;

/** An own model's prompt with its examples is reckoned with so many tokens, and what it asks for with so many. */
const MOST_PROMPT_TOKENS = 16_384;
const MOST_ASKED_OUTPUT = 4096;
const NO_TOKENS = { input: 0, output: 0 };

/** The most that a call can use. */
export interface MostOfCall {
  readonly tokens: { readonly input: number; readonly output: number };
  /** null: the price is unknown. */
  readonly usd: number | null;
}

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
  mostOf(target: string, facts: CallFacts): MostOfCall {
    if (isOwnTarget(target)) {
      return { tokens: NO_TOKENS, usd: this.#costOfMs(MOST_OWN_SECONDS * 1000) };
    }
    const price = priceOfTarget(this.#book, target);
    const tokens = mostTokensOf(facts, price);
    return { tokens, usd: mostCostOfTokens(price, tokens, serviceTierOf(facts)) };
  }

  /** The same for a target that an own model asks with its prompt around the request, for a short answer. Its tokens are the model's, not the key's. */
  mostAsked(target: string, { body }: CallFacts): MostOfCall {
    const price = priceOfTarget(this.#book, target);
    const most = { input: body.byteLength + MOST_PROMPT_TOKENS, output: MOST_ASKED_OUTPUT };
    return { tokens: NO_TOKENS, usd: mostCostOfTokens(price, most) };
  }

  #costOfMs(milliseconds: number): number | null {
    return this.#usdPerHour === null ? null : (milliseconds / 3_600_000) * this.#usdPerHour;
  }
}

/** `<model>@<version>`; an upstream's model has a slash after the upstream's name. */
export function isOwnTarget(target: string): boolean {
  return !target.includes('/');
}
