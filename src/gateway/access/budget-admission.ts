import type { Admission } from '../gatekeeper.ts';
import { isOwnTarget } from './call-prices.ts';
import { type Amounts, type Reservation, UNITS_PER_USD } from './key-budget.ts';

/** The worst case of a call. */
export interface MostUsed {
  readonly amounts: Amounts;
  /** Tokens in each direction. */
  readonly input: number;
  readonly output: number;
}

/** A call with its worst case reserved. */
export function budgetAdmission(reservation: Reservation, most: MostUsed): Admission {
  return { settle: (used) => reservation.settle(amountsOf(used, most)) };
}

/** What is unknown counts as the worst case. */
function amountsOf(used: Parameters<Admission['settle']>[0], most: MostUsed): Amounts {
  const { tokens, costUsd, sent, asked = sent, target = null } = used;
  const requests = asked ? 1 : 0;
  if (!sent) return { requests, tokens: 0, usd: 0 };
  // An own model has no tokens that anybody counts.
  const isOwn = target !== null && isOwnTarget(target);
  return {
    requests,
    tokens: isOwn ? 0 : (tokens?.input ?? most.input) + (tokens?.output ?? most.output),
    usd: costUsd === null ? most.amounts.usd : Math.ceil(costUsd * UNITS_PER_USD),
  };
}
