import { FEWEST_AMOUNTS, meanBounds, meanEvidence } from '../../evaluate/sequential/mean-evidence.ts';
import type { GateResult } from '../../schema/gate.ts';
import type { SideCounts } from './canary-counts.ts';
import { ALARM_SHARES, FALSE_PASS, type GateSettings } from './gate-settings.ts';
import { counted, digits, openGate } from './gate-words.ts';

/** The canary's mean cost against a limit for 1,000 calls. */
export function costGate({ cost, calls }: SideCounts, settings: GateSettings): GateResult | null {
  const limit = settings.maxCostPer1kUsd;
  if (limit === null) return null;
  const level = settings.promotion.canary.falseAlarm * ALARM_SHARES.cost;
  const unpriced = calls - cost.count;
  if (calls > 0 && unpriced > calls / 2)
    return openGate('cost', `The cost of ${counted(unpriced, 'call')} of ${calls} is unknown.`, {
      limit,
      needed: 'State prices: `machine.usdPerHour` for own models, `price` for upstreams.',
    });
  const bounds = meanBounds(cost, FALSE_PASS);
  if (bounds === null)
    return openGate('cost', `The cost of ${counted(cost.count, 'call')} is known.`, {
      limit,
      needed: `${FEWEST_AMOUNTS - cost.count} more calls.`,
    });
  const value = (cost.sum / cost.count) * 1000;
  const facts = { gate: 'cost' as const, value, low: bounds.low * 1000, high: bounds.high * 1000, limit };
  const found = `${digits(value)} US dollars for 1,000 calls (limit ${digits(limit)}).`;
  const mean = limit / 1000;
  if (meanEvidence(mean, cost, { side: 'above', level }) >= 1 / level)
    return { ...facts, found, verdict: 'breached', needed: null };
  if (meanEvidence(mean, cost, { side: 'below', level: FALSE_PASS }) >= 1 / FALSE_PASS)
    return { ...facts, found, verdict: 'passed', needed: null };
  return { ...facts, found, verdict: 'open', needed: 'More calls.' };
}
