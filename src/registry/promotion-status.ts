import type { DeploymentStatus, SideStatus } from '../schema/deployment-status.ts';
import { type DeploymentSettings, deploymentSettingsSchema } from '../schema/deployment-settings.ts';
import type { Deployment, InferenceStore } from '../store/store.ts';
import type { SideCounts } from './gates/canary-counts.ts';
import { allPassed, canaryGates } from './gates/canary-gates.ts';
import type { GateSettings } from './gates/gate-settings.ts';
import { readCanaryCounts, readShadowCounts } from './gates/read-counts.ts';
import { shadowGates } from './gates/shadow-gates.ts';

/** The part of the inference store that gates look at. */
export type CountedInferences = Pick<InferenceStore, 'tally' | 'passedOn' | 'count'>;

/** What is deployed for one task. */
export interface Deployed {
  readonly live: Deployment | null;
  readonly canary: Deployment | null;
  readonly shadow: Deployment | null;
}

/** Deployments of one task by their state. */
export function deployedOf(deployments: readonly Deployment[]): Deployed {
  const inState = (wanted: Deployment['state']): Deployment | null =>
    deployments.find(({ state }) => state === wanted) ?? null;
  return { live: inState('live'), canary: inState('canary'), shadow: inState('shadow') };
}

const NO_SETTINGS: DeploymentSettings = { share: 0, salt: '', maxUsd: null };

/** What a shadow or a canary was started with. */
export function settingsOf({ settings }: Pick<Deployment, 'settings'>): DeploymentSettings {
  const parsed = deploymentSettingsSchema.safeParse(settings);
  return parsed.success ? parsed.data : NO_SETTINGS;
}

/** Who answers a task, and how its shadow and its canary stand. */
export async function statusOf(
  inferences: CountedInferences,
  deployed: Deployed,
  settings: GateSettings,
): Promise<DeploymentStatus> {
  const { live } = deployed;
  return {
    task: settings.task,
    live: live === null ? null : { version: live.version, since: live.since },
    upstream: [...settings.upstream],
    canary: await canaryStatus(inferences, deployed, settings),
    shadow: await shadowStatus(inferences, deployed, settings),
    steps: settings.promotion.steps,
  };
}

/** How the canary stands; null without one. */
export async function canaryStatus(
  inferences: CountedInferences,
  { canary, live }: Deployed,
  settings: GateSettings,
): Promise<DeploymentStatus['canary']> {
  if (canary === null) return null;
  const counts = await readCanaryCounts(inferences, { canary, live }, settings);
  const gates = canaryGates(counts, settings);
  const { version, since } = canary;
  const sides = [
    sideStatus(`${settings.task}@${version}`, counts.canary),
    sideStatus(counts.liveName, counts.live),
  ];
  const { share } = settingsOf(canary);
  return { version, since, share, gates, passed: allPassed(gates, settings), sides };
}

function sideStatus(name: string, side: SideCounts): SideStatus {
  const { calls, failed, p95Ms, cost, judged, accepted } = side;
  const costPer1kUsd = cost.count === 0 ? null : (cost.sum / cost.count) * 1000;
  return { name, calls, failed, p95Ms, costPer1kUsd, judged, accepted };
}

/** How the shadow stands; null without one. */
export async function shadowStatus(
  inferences: CountedInferences,
  { shadow }: Deployed,
  settings: GateSettings,
): Promise<DeploymentStatus['shadow']> {
  if (shadow === null) return null;
  const counts = await readShadowCounts(inferences, shadow, settings);
  const gates = shadowGates(counts, settings);
  const { version, since } = shadow;
  const passed = gates.every(({ verdict }) => verdict === 'passed');
  return { version, since, share: settingsOf(shadow).share, gates, passed, costUsd: counts.costUsd };
}
