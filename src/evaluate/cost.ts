import type { Measured } from '../schema/report.ts';

export interface CostFacts {
  /** Processor time of one call, milliseconds. */
  cpuMsPerCall: number | null;
  /** The config's machine price; null when it states none. */
  usdPerHour: number | null;
  /** What each measured call's upstream calls cost (null: price unknown); null for candidates that call none. */
  upstreamCosts: readonly (number | null)[] | null;
}

type Cost = Pick<Measured, 'costPer1kUsd' | 'costBasis'>;

/** US dollars per 1,000 calls and the sentence that says how they were found, or null and the sentence that says why not. */
export function costOfCalls({ cpuMsPerCall, usdPerHour, upstreamCosts }: CostFacts): Cost {
  if (upstreamCosts !== null) return upstreamCost(upstreamCosts);
  if (usdPerHour === null)
    return unknown('Unknown: the config states no `machine.usdPerHour`, so seconds cannot become money.');
  if (cpuMsPerCall === null) return unknown('Unknown: its processor time was not measured.');
  return {
    costPer1kUsd: (cpuMsPerCall / 3600) * usdPerHour,
    costBasis: `${significant(cpuMsPerCall)} ms of processor time per call, at ${usdPerHour} US dollars per machine hour with one call at a time.`,
  };
}

function upstreamCost(costs: readonly (number | null)[]): Cost {
  if (costs.length === 0) return unknown('Unknown: no call was measured.');
  const unpriced = costs.filter((cost) => cost === null).length;
  if (unpriced > 0)
    return unknown(
      `Unknown: ${unpriced} of ${costs.length} measured calls have no known price; state the upstream’s \`price\` in the config.`,
    );
  const mean = costs.reduce<number>((sum, cost) => sum + (cost ?? 0), 0) / costs.length;
  return {
    costPer1kUsd: mean * 1000,
    costBasis: `Mean upstream cost of ${costs.length} measured ${costs.length === 1 ? 'call' : 'calls'}, at the prices in the config.`,
  };
}

function unknown(costBasis: string): Cost {
  return { costPer1kUsd: null, costBasis };
}

function significant(value: number): string {
  return Number(value.toPrecision(2)).toString();
}
