import type { Measured } from '../schema/report.ts';

/** Costs closer than this are noise of the clock: they count as equal when their two leading digits are. */
const SIGNIFICANT_DIGITS = 2;

/**
 * Candidates from cheapest to dearest: by cost per call when every candidate's is known (to two digits), else and among
 * equals by processor time per call, or by latency for those whose processor time is unknown; then in the order given.
 */
export function cheapestFirst(measured: readonly Measured[]): number[] {
  const costs = comparableCosts(measured);
  return [...measured.keys()].toSorted(
    (a, b) => costs[a]! - costs[b]! || timeMs(measured[a]!) - timeMs(measured[b]!) || a - b,
  );
}

function comparableCosts(measured: readonly Measured[]): number[] {
  const known = measured.every(({ costPer1kUsd }) => costPer1kUsd !== null);
  return measured.map(({ costPer1kUsd }) =>
    known ? Number(costPer1kUsd!.toPrecision(SIGNIFICANT_DIGITS)) : 0,
  );
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
