import { type Spread, spreadOf } from '../bag/spread.ts';
import type { LoadResult, Measured } from './measure.ts';

/** What a contestant did in a scenario, over all rounds; null: not measured or not measurable. */
export interface Row {
  contestant: string;
  scenario: string;
  rounds: number;
  callsPerSecond: Spread;
  partsPerSecond: Spread | null;
  cpuMsPerCall: Spread | null;
  cpuUsPerPart: Spread | null;
  cpuCores: Spread | null;
  peakMb: Spread | null;
  /** Milliseconds more than the same round's calls straight to the upstream. */
  addedP50Ms: Spread | null;
  addedP99Ms: Spread | null;
  /** The same for the time to the first streamed part. */
  firstPartLateP50Ms: Spread | null;
  firstPartLateP99Ms: Spread | null;
  /** From the writing of a part to its arrival, beyond that of parts straight from the upstream. */
  partLateP50Ms: Spread | null;
  partLateP99Ms: Spread | null;
  failures: number;
  firstFailure: string;
}

type Reading = (measured: Measured, direct: Measured) => number | null;

/** One row for each contestant and scenario that was measured. */
export function rowsOf(all: readonly Measured[], direct: string): Row[] {
  const groups = Map.groupBy(all, ({ contestant, scenario }) => `${contestant}\n${scenario}`);
  return [...groups.values()].map((group) => rowOf(group, all, direct));
}

function rowOf(group: readonly Measured[], all: readonly Measured[], direct: string): Row {
  const { contestant, scenario } = group[0]!;
  const figure = (read: Reading): Spread | null => {
    const values = group.flatMap((measured) => {
      const beside = all.find(
        (other) =>
          other.contestant === direct && other.scenario === scenario && other.round === measured.round,
      );
      return (beside === undefined ? null : read(measured, beside)) ?? [];
    });
    return values.length === 0 ? null : spreadOf(values);
  };
  const added = (read: (load: LoadResult) => number | undefined): Spread | null =>
    contestant === direct
      ? null
      : figure((measured, beside) => differenceOf(read(measured.load), read(beside.load)));
  return {
    contestant,
    scenario,
    rounds: group.length,
    callsPerSecond: figure(({ load }) => load.perSecond)!,
    partsPerSecond: figure(({ load }) => (load.partDelayMs === null ? null : load.partsPerSecond)),
    cpuMsPerCall: figure(({ cpuMsPerCall }) => cpuMsPerCall),
    cpuUsPerPart: figure(({ cpuUsPerPart }) => cpuUsPerPart),
    cpuCores: figure(({ cpuCores }) => cpuCores),
    peakMb: figure(({ peakBytes }) => (peakBytes === null ? null : peakBytes / 1e6)),
    addedP50Ms: added(({ latencyMs }) => latencyMs?.p50),
    addedP99Ms: added(({ latencyMs }) => latencyMs?.p99),
    firstPartLateP50Ms: added(({ firstPartMs }) => firstPartMs?.p50),
    firstPartLateP99Ms: added(({ firstPartMs }) => firstPartMs?.p99),
    partLateP50Ms: added(({ partDelayMs }) => partDelayMs?.p50),
    partLateP99Ms: added(({ partDelayMs }) => partDelayMs?.p99),
    failures: group.reduce((sum, { load }) => sum + load.failures + load.unfinished, 0),
    firstFailure: group.find(({ load }) => load.failures > 0)?.load.firstFailure ?? '',
  };
}

/** Ratio of ours to the peer's, round by round. */
export function ratioOf(
  all: readonly Measured[],
  options: { ours: string; peer: string; scenario: string; read: (measured: Measured) => number | null },
): Spread | null {
  const { ours, peer, scenario, read } = options;
  const of = (contestant: string): Map<number, number | null> =>
    new Map(
      all.flatMap((measured): [number, number | null][] =>
        measured.contestant === contestant && measured.scenario === scenario
          ? [[measured.round, read(measured)]]
          : [],
      ),
    );
  const peers = of(peer);
  const ratios = [...of(ours)].flatMap(([round, value]) => {
    const beside = peers.get(round) ?? null;
    return value === null || beside === null ? [] : value / beside;
  });
  return ratios.length === 0 ? null : spreadOf(ratios);
}

function differenceOf(a: number | undefined, b: number | undefined): number | null {
  return a === undefined || b === undefined ? null : a - b;
}
