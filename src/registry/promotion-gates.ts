import type { GateResult } from '../schema/gate.ts';
import { openGate } from './gates/gate-words.ts';
import { type Evaluated, heldOutGate } from './gates/held-out-gate.ts';
import type { GateSettings } from './gates/gate-settings.ts';
import { canaryStatus, type CountedInferences, type Deployed, shadowStatus } from './promotion-status.ts';
import type { RegisteredModel } from './registry.ts';

/** What gates look at before a step. */
export interface GateFacts {
  readonly inferences: CountedInferences;
  /** Of the task. */
  readonly models: readonly RegisteredModel[];
  readonly deployed: Deployed;
  readonly settings: GateSettings;
}

/** What must hold before a version becomes the canary. */
export async function gatesBeforeCanary(version: number, facts: GateFacts): Promise<GateResult[]> {
  const { inferences, deployed, settings } = facts;
  const heldOut = heldOutOf(version, facts);
  const { minAgreement } = settings.promotion.shadow;
  if (deployed.shadow?.version === version) {
    const shadow = await shadowStatus(inferences, deployed, settings);
    return [heldOut, ...(shadow?.gates ?? [])];
  }
  if (minAgreement === undefined) return [heldOut];
  const found = `${settings.task}@${version} is not the shadow.`;
  return [
    heldOut,
    openGate('agreement', found, { needed: 'Start it as the shadow first.', limit: minAgreement }),
  ];
}

/** What must hold before a version goes live. */
export async function gatesBeforeLive(version: number, facts: GateFacts): Promise<GateResult[]> {
  const { inferences, deployed, settings } = facts;
  const heldOut = heldOutOf(version, facts);
  if (deployed.canary?.version === version) {
    const canary = await canaryStatus(inferences, deployed, settings);
    return [heldOut, ...(canary?.gates ?? [])];
  }
  const found = `${settings.task}@${version} is not the canary.`;
  return [heldOut, openGate('calls', found, { needed: 'Start it as the canary first.' })];
}

function heldOutOf(version: number, { models, deployed, settings }: GateFacts): GateResult {
  const evaluated = (wanted: number): Evaluated => ({
    name: `${settings.task}@${wanted}`,
    evaluation: models.find((model) => model.version === wanted)?.evaluation ?? null,
  });
  const live = deployed.live === null ? null : evaluated(deployed.live.version);
  return heldOutGate(evaluated(version), live, settings);
}
