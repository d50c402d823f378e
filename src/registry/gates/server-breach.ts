import { evidenceAbove } from '../../evaluate/sequential/rate-evidence.ts';
import type { GateResult } from '../../schema/gate.ts';
import { ALARM_SHARES, type GateSettings, SLOW_SHARE } from './gate-settings.ts';
import { counted, digits, percent } from './gate-words.ts';

/** A canary's calls as one server saw them end, before they are stored. */
export interface ServerCounts {
  readonly calls: number;
  readonly failed: number;
  /** Whole answers, and those that were slower than the limit. */
  readonly answered: number;
  readonly slow: number;
}

/** The gate that these counts alone show to be breached; null: none. */
export function breachOnServer(
  { calls, failed, answered, slow }: ServerCounts,
  settings: GateSettings,
): GateResult | null {
  const { maxErrorRate, falseAlarm } = settings.promotion.canary;
  const base = { verdict: 'breached', needed: null, low: null, high: null } as const;
  const failing = evidenceAbove(maxErrorRate, { calls, hits: failed });
  if (failing >= 1 / (falseAlarm * ALARM_SHARES.serverErrors)) {
    const found = `${counted(failed, 'failure')} in ${counted(calls, 'call')} of one server (limit ${percent(maxErrorRate)}).`;
    return { ...base, gate: 'errors', found, value: failed / calls, limit: maxErrorRate };
  }
  if (settings.maxP95Ms === null) return null;
  const slowness = evidenceAbove(SLOW_SHARE, { calls: answered, hits: slow });
  if (slowness < 1 / (falseAlarm * ALARM_SHARES.serverLatency)) return null;
  const found = `${slow} of ${counted(answered, 'answer')} of one server slower than ${digits(settings.maxP95Ms)} ms (limit 5 %).`;
  return { ...base, gate: 'latency', found, value: null, limit: settings.maxP95Ms };
}
