import type { GateResult } from '../../schema/gate.ts';
import { ALARM_SHARES, type GateSettings } from './gate-settings.ts';
import { counted, percent } from './gate-words.ts';
import { rateGate } from './rate-gate.ts';
import { askForCalls, type CallCounts, callsGate, errorsGate, latencyGate } from './shared-gates.ts';

/** What a shadow did with its copies of calls. */
export interface ShadowCounts extends CallCounts {
  /** Answers that could be compared with the one the caller got, and those that were the same. */
  readonly compared: number;
  readonly agreed: number;
}

/** How a shadow stands: every gate that its task states. */
export function shadowGates(counts: ShadowCounts, settings: GateSettings): GateResult[] {
  const { minCalls, minAgreement } = settings.promotion.shadow;
  return [
    callsGate(counts, minCalls),
    errorsGate(counts, settings),
    latencyGate(counts, settings),
    minAgreement === undefined ? null : agreementGate(counts, settings, minAgreement),
  ].filter((gate) => gate !== null);
}

/** Enough equal answers: the share of different ones must stay under what is left. */
function agreementGate(
  { compared, agreed }: ShadowCounts,
  { promotion }: GateSettings,
  minAgreement: number,
): GateResult {
  const limit = 1 - minAgreement;
  const gate = rateGate(
    { calls: compared, hits: compared - agreed },
    {
      gate: 'agreement',
      limit,
      level: promotion.canary.falseAlarm * ALARM_SHARES.acceptance,
      say: () =>
        `${agreed.toLocaleString('en-US')} of ${counted(compared, 'answer')} equal${compared === 0 ? '' : `: ${percent(agreed / compared)}`} (at least ${percent(minAgreement)}).`,
      ask: askForCalls,
    },
  );
  const { value, low, high } = gate;
  return {
    ...gate,
    value: value === null ? null : 1 - value,
    low: high === null ? null : 1 - high,
    high: low === null ? null : 1 - low,
    limit: minAgreement,
  };
}
