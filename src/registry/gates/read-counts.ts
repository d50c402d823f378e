import { designEffect } from '../../evaluate/clustered-proportion.ts';
import { GroupMoments } from '../../evaluate/group-moments.ts';
import type { Deployment, InferenceStore, TargetTally } from '../../store/store.ts';
import type { CanaryCounts, SideCounts } from './canary-counts.ts';
import type { GateSettings } from './gate-settings.ts';
import type { ShadowCounts } from './shadow-gates.ts';

/** Tag of a shadow's inference: whether its answer was that of the caller. */
export const AGREED_TAG = 'homegrown-agreed';

type Tallies = Pick<InferenceStore, 'tally' | 'passedOn' | 'count'>;

/** The answers of a canary and of whoever answers now, since both of them do. */
export async function readCanaryCounts(
  inferences: Tallies,
  { canary, live }: { canary: Deployment; live: Deployment | null },
  { task, maxP95Ms }: GateSettings,
): Promise<CanaryCounts> {
  // Both sides from the same moment: feedback comes late, and often the bad news first.
  const since = live !== null && live.since > canary.since ? live.since : canary.since;
  const tallies = await inferences.tally({
    task,
    since,
    ...(maxP95Ms === null ? {} : { slowerThanMs: maxP95Ms }),
  });
  const nameOf = ({ version }: Deployment): string => `${task}@${version}`;
  const others =
    live === null
      ? tallies.filter(({ answeredAs }) => answeredAs === 'upstream')
      : tallies.filter(({ answeredAs, target }) => answeredAs === 'live' && target === nameOf(live));
  const own = tallies.filter(
    ({ answeredAs, target }) => answeredAs === 'canary' && target === nameOf(canary),
  );
  const failures = await inferences.passedOn({ task, since });
  const passedOn = (name: string): number => failures.find(({ target }) => target === name)?.calls ?? 0;
  const busiest = others.toSorted((one, other) => other.calls - one.calls)[0];
  const liveName = live === null ? (busiest?.target ?? 'the upstream') : nameOf(live);
  return {
    canary: sideOf(own, passedOn(nameOf(canary))),
    live: sideOf(others, live === null ? 0 : passedOn(liveName)),
    liveName,
  };
}

/** What a shadow did since it became one. */
export async function readShadowCounts(
  inferences: Tallies,
  { version, since }: Deployment,
  { task, maxP95Ms }: GateSettings,
): Promise<ShadowCounts & { costUsd: number }> {
  const target = `${task}@${version}`;
  const tallies = await inferences.tally({
    task,
    since,
    ...(maxP95Ms === null ? {} : { slowerThanMs: maxP95Ms }),
  });
  const own = tallies.filter((tally) => tally.answeredAs === 'shadow' && tally.target === target);
  const side = sideOf(own, 0);
  const counted = (value: string): Promise<number> =>
    inferences.count({ task, target, answeredAs: 'shadow', since, tags: { [AGREED_TAG]: value } });
  const [agreed, differed] = await Promise.all([counted('yes'), counted('no')]);
  return { ...side, compared: agreed + differed, agreed, costUsd: side.cost.sum };
}

/** Several targets of one side as one; the 95th percentile is that of the busiest. Calls it failed to answer are calls of its too. */
function sideOf(tallies: readonly TargetTally[], passedOn: number): SideCounts {
  const sum = (of: (tally: TargetTally) => number): number =>
    tallies.reduce((total, tally) => total + of(tally), 0);
  const busiest = tallies.toSorted((one, other) => other.calls - one.calls)[0];
  return {
    calls: sum(({ calls }) => calls) + passedOn,
    failed: sum(({ errors }) => errors) + passedOn,
    slow: tallies.some(({ slow }) => slow === null) ? null : sum(({ slow }) => slow ?? 0),
    p95Ms: busiest?.p95Ms ?? null,
    cost: {
      count: sum(({ pricedCalls }) => pricedCalls),
      sum: sum(({ costUsd }) => costUsd),
      squares: sum(({ costUsdSquares }) => costUsdSquares),
    },
    judged: sum(verdictsOf),
    accepted: sum(({ accepted }) => accepted),
    designEffect: effectOf(tallies),
  };
}

/** A score is no verdict: what range it has is the user's to decide. */
function verdictsOf({ accepted, edited, rejected, corrected }: TargetTally): number {
  return accepted + edited + rejected + corrected;
}

function effectOf(tallies: readonly TargetTally[]): number {
  const moments = new GroupMoments();
  for (const tally of tallies) {
    moments.groups += tally.verdictGroups.groups;
    moments.s += tally.accepted;
    moments.t += verdictsOf(tally);
    moments.ss += tally.verdictGroups.aa;
    moments.st += tally.verdictGroups.na;
    moments.tt += tally.verdictGroups.nn;
  }
  return moments.t === 0 ? 1 : designEffect(moments);
}
