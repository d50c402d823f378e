import { HomegrownError } from '../errors/homegrown-error.ts';

/** A sum of money that calls reserve from before they are made, so that it is never overdrawn. */
export interface Purse {
  /**
   * Takes the worst case out and returns how to settle it with what was really spent. Waits while other calls hold
   * reservations that may come back; throws `upstream/budget-spent` when the money is not there.
   */
  reserve(worstCaseUsd: number | null, signal?: AbortSignal): Promise<Settle>;
  readonly spentUsd: number;
}

/** Ends a reservation. null (unknown) settles at the reserved worst case. */
export type Settle = (actualUsd: number | null) => void;

/** A purse with this much money in it, US dollars. */
export function purseOf(limitUsd: number): Purse {
  let spentUsd = 0;
  let reservedUsd = 0;
  /** Reservations not settled yet. */
  let open = 0;
  let waiting: (() => void)[] = [];

  const take = (amountUsd: number): Settle => {
    reservedUsd += amountUsd;
    open += 1;
    let settled = false;
    return (actualUsd) => {
      if (settled) return;
      settled = true;
      open -= 1;
      reservedUsd = open === 0 ? 0 : reservedUsd - amountUsd;
      spentUsd += actualUsd ?? amountUsd;
      const woken = waiting;
      waiting = [];
      for (const wake of woken) wake();
    };
  };

  return {
    get spentUsd() {
      return spentUsd;
    },
    async reserve(worstCaseUsd, signal) {
      if (worstCaseUsd === null) throw unknownPrice();
      for (;;) {
        signal?.throwIfAborted();
        if (spentUsd + reservedUsd + worstCaseUsd <= limitUsd) return take(worstCaseUsd);
        if (spentUsd + worstCaseUsd > limitUsd || open === 0) {
          throw budgetSpent({ limitUsd, spentUsd, worstCaseUsd });
        }
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
}

function unknownPrice(): HomegrownError {
  return new HomegrownError({
    code: 'upstream/no-price',
    kind: 'refused',
    message: 'the call has a budget but the upstream has no price, so nobody can say what it would cost',
    hint: "Add price: { inputPer1mUsd, outputPer1mUsd } to the upstream in homegrown.config.ts, or remove the task's budget.usd.",
  });
}

function budgetSpent(facts: { limitUsd: number; spentUsd: number; worstCaseUsd: number }): HomegrownError {
  return new HomegrownError({
    code: 'upstream/budget-spent',
    kind: 'refused',
    message: `the budget of ${dollars(facts.limitUsd)} does not allow another call`,
    found: `${dollars(facts.spentUsd)} spent, and the call could cost up to ${dollars(facts.worstCaseUsd)}`,
    hint: 'Raise budget.usd of the task in homegrown.config.ts.',
  });
}

function dollars(usd: number): string {
  return `$${usd >= 0.01 || usd === 0 ? usd.toFixed(2) : usd.toPrecision(2)}`;
}
