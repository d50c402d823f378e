import type { GateResult } from '../../schema/gate.ts';
import { ALARM_SHARES, type GateSettings, SLOW_SHARE } from './gate-settings.ts';
import { counted, digits, percent, roughly } from './gate-words.ts';
import { rateGate } from './rate-gate.ts';

/** Calls of one side and how they went. */
export interface CallCounts {
  /** Answers and failures. */
  readonly calls: number;
  readonly failed: number;
  /** Whole answers that took longer than the limit; null without a limit. */
  readonly slow: number | null;
  /** 95th percentile of the time of whole answers, milliseconds. */
  readonly p95Ms: number | null;
}

/** Enough calls. */
export function callsGate({ calls }: Pick<CallCounts, 'calls'>, limit: number): GateResult {
  const found = `${counted(calls, 'call')} of ${limit.toLocaleString('en-US')}.`;
  const facts = { gate: 'calls' as const, found, value: calls, low: null, high: null, limit };
  if (calls >= limit) return { ...facts, verdict: 'passed', needed: null };
  return { ...facts, verdict: 'open', needed: `${counted(limit - calls, 'more call', 'more calls')}.` };
}

/** Few enough failures. */
export function errorsGate({ calls, failed }: CallCounts, { promotion }: GateSettings): GateResult {
  const { maxErrorRate: limit, falseAlarm } = promotion.canary;
  return rateGate(
    { calls, hits: failed },
    {
      gate: 'errors',
      limit,
      level: falseAlarm * ALARM_SHARES.errors,
      say: (observed) =>
        `${counted(failed, 'failure')} in ${counted(calls, 'call')}: ${observed} (limit ${percent(limit)}).`,
      ask: askForCalls,
    },
  );
}

/** Quick enough: a 95th percentile under the limit means that at most 5 of 100 answers are slower, which can be counted. */
export function latencyGate(counts: CallCounts, settings: GateSettings): GateResult | null {
  const { maxP95Ms } = settings;
  if (maxP95Ms === null) return null;
  const answered = counts.calls - counts.failed;
  const p95 = counts.p95Ms === null ? 'unknown' : `${digits(counts.p95Ms)} ms`;
  const gate = rateGate(
    { calls: answered, hits: counts.slow ?? 0 },
    {
      gate: 'latency',
      limit: SLOW_SHARE,
      level: settings.promotion.canary.falseAlarm * ALARM_SHARES.latency,
      say: (observed) =>
        `p95 ${p95}; ${observed} of ${counted(answered, 'answer')} slower than ${digits(maxP95Ms)} ms (limit 5 %).`,
      ask: askForCalls,
    },
  );
  return { ...gate, value: counts.p95Ms, low: null, high: null, limit: maxP95Ms };
}

/** What would settle a share that must stay under a limit. */
export function askForCalls(further: number | null): string {
  if (further === null) return 'At this rate more calls will not show that the limit is kept.';
  return `About ${roughly(further)} more calls at this rate.`;
}
