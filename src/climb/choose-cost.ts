import type { Measured } from '../schema/report.ts';

/** Costs closer than this are noise of the clock: they count as equal when their two leading digits are. */
const SIGNIFICANT_DIGITS = 2;

/**
 * Candidates from cheapest to dearest: by cost per call when every candidate's is known (to two digits). Without a machine
 * price own models come first, by processor time, then those that call an upstream, by their cost when all of theirs is known.
 * Equals go by processor time, or by latency where that is unknown; then in the order given.
 */
export function cheapestFirst(measured: readonly Measured[]): number[] {
  const allKnown = costsKnown(measured);
  const rented = measured.filter(isRented);
  const rentedKnown = costsKnown(rented);
  const rankOf = (one: Measured): number => (!allKnown && isRented(one) ? 1 : 0);
  const costOf = (one: Measured): number =>
    allKnown || (isRented(one) && rentedKnown) ? roundedCost(one) : 0;
  const order = (a: Measured, b: Measured): number =>
    rankOf(a) - rankOf(b) || costOf(a) - costOf(b) || timeMs(a) - timeMs(b);
  return [...measured.keys()].toSorted((a, b) => order(measured[a]!, measured[b]!) || a - b);
}

/** Whether its calls go to an upstream, whose processor time nobody here knows. */
function isRented({ cpuMsPerCall }: Measured): boolean {
  return cpuMsPerCall === null;
}

function costsKnown(measured: readonly Measured[]): boolean {
  return measured.every(({ costPer1kUsd }) => costPer1kUsd !== null);
}

function roundedCost({ costPer1kUsd }: Measured): number {
  return Number((costPer1kUsd ?? 0).toPrecision(SIGNIFICANT_DIGITS));
}

/** Milliseconds a call takes: of the processor, or by the clock when that is unknown; a large number when both are. */
function timeMs({ cpuMsPerCall, latency }: Measured): number {
  return cpuMsPerCall ?? latency?.p50Ms ?? Number.MAX_VALUE;
}

/** How much cheaper `chosen` is than `best`, in words; null when it is not, or nobody knows. */
export function savingInWords(chosen: Measured, best: Measured): string | null {
  if (chosen.costPer1kUsd !== null && best.costPer1kUsd !== null && best.costPer1kUsd > 0) {
    const share = chosen.costPer1kUsd / best.costPer1kUsd;
    if (share < 1) return `costs ${shareInWords(share)} of the price`;
  }
  const share = timeMs(chosen) / timeMs(best);
  return share < 1 ? `takes ${shareInWords(share)} of the time` : null;
}

function shareInWords(share: number): string {
  return share < 0.01 ? 'less than 1 %' : `${Math.round(share * 100)} %`;
}
