import { growthOf } from '../../serve/growth.ts';
import type { Account } from './account.ts';
import type { Sample } from './soak-plot.ts';
import type { SoakStats } from './soak-server.ts';
import type { SoakTally } from './soak-tally.ts';

/** Whether a soak was as it should be, and why not. */
export interface SoakVerdict {
  isGood: boolean;
  problems: string[];
  /** Growth over the run by a robust slope, after the first tenth. */
  growth: Record<string, { first: number; last: number; growth: number; allowed: number }>;
  before: SoakStats;
  idle: SoakStats;
}

/** Code and caches reach their working size in the first tenth. */
const SETTLING_SHARE = 0.1;
/** Connections that are kept for another call make the most that were ever needed at once add up for so long. */
const KEEP_ALIVE_MINUTES = 1.2;
/** Open files and handles that a server may have more of when all clients have left than before the first came. */
const KEPT = 8;

export function verdictOf(facts: {
  minutes: number;
  samples: readonly Sample[];
  /** Before the first call. */
  before: SoakStats;
  /** When all clients have left. */
  idle: SoakStats;
  tally: SoakTally;
  account: Account;
}): SoakVerdict {
  const { minutes, samples, before, idle, tally, account } = facts;
  const settled = samples.slice(Math.floor(samples.length * SETTLING_SHARE));
  const growth = growthsOf(settled, { connections: minutes * SETTLING_SHARE >= KEEP_ALIVE_MINUTES });
  const problems = [
    ...Object.entries(growth).flatMap(([name, { growth: grew, allowed }]) =>
      grew > allowed ? [`${name} grew by ${grew.toFixed(2)}, allowed are ${allowed.toFixed(2)}`] : [],
    ),
    ...(['handles', 'files'] as const).flatMap((name) =>
      idle[name] > before[name] + KEPT
        ? [`${idle[name]} ${name} are open when all clients have left, ${before[name]} before they came`]
        : [],
    ),
    ...(tally.wrongCount > 0 ? [`${tally.wrongCount} calls did not end as they must`] : []),
    ...problemsOf(account, tally),
  ];
  return { isGood: problems.length === 0, problems, growth, before, idle };
}

function growthsOf(
  samples: readonly Sample[],
  { connections }: { connections: boolean },
): SoakVerdict['growth'] {
  const one = (
    read: (sample: Sample) => number | null,
    allowed: (first: number) => number,
  ): SoakVerdict['growth'][string] => {
    const grown = growthOf(samples.flatMap((sample) => read(sample) ?? []));
    return { first: grown.first, last: grown.last, growth: grown.growth, allowed: allowed(grown.first) };
  };
  return {
    heldMb: one(
      ({ heldBytes }) => heldBytes / 1e6,
      (first) => Math.max(4, 0.1 * first),
    ),
    residentMb: one(
      ({ rssBytes }) => rssBytes / 1e6,
      (first) => 0.15 * first,
    ),
    ...(connections
      ? {
          handles: one(
            ({ handles }) => handles,
            (first) => Math.max(20, 0.2 * first),
          ),
          files: one(
            ({ files }) => files,
            (first) => Math.max(20, 0.2 * first),
          ),
        }
      : {}),
    // Beyond what the same calls take straight to the upstream: a busy machine makes both slow.
    addedP50Ms: one(
      ({ p50Ms, directP50Ms }) => (p50Ms === null || directP50Ms === null ? null : p50Ms - directP50Ms),
      (first) => Math.max(1, 0.3 * first),
    ),
  };
}

function problemsOf(account: Account, tally: SoakTally): string[] {
  const { client, metrics, captured, refused, missing, repeated, contradicted, feedback } = account;
  const problems: string[] = [];
  const expect = (isTrue: boolean, problem: string): void => {
    if (!isTrue) problems.push(problem);
  };
  expect(metrics === client, `the client made ${client} calls, /metrics says ${metrics}`);
  expect(
    captured + refused === client,
    `the client made ${client} calls, ${captured} were kept and ${refused} refused at once; missing: ${JSON.stringify(missing)}`,
  );
  expect(repeated === 0, `${repeated} calls were kept twice`);
  expect(contradicted.length === 0, `${contradicted.length} or more captures contradict the client`);
  expect(feedback.refused === 0, `${feedback.refused} feedback was refused`);
  expect(
    feedback.told === feedback.stored,
    `${feedback.told} feedback was taken, ${feedback.stored} is stored`,
  );
  expect(tally.byEnd.answered > 0, 'nothing was answered');
  return problems;
}
