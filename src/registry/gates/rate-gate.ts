import {
  evidenceAbove,
  evidenceBelow,
  type Hits,
  rateBounds,
} from '../../evaluate/sequential/rate-evidence.ts';
import type { GateResult } from '../../schema/gate.ts';
import { FALSE_PASS } from './gate-settings.ts';
import { percent } from './gate-words.ts';

/** A share of calls that must stay under a limit, with what it is called. */
export interface RateQuestion {
  readonly gate: GateResult['gate'];
  readonly limit: number;
  /** Chance of a false alarm. */
  readonly level: number;
  /** What was found, given the observed share as text. */
  say(observed: string): string;
  /** What would settle it, given a rough number of further calls; null: more calls alone would not. */
  ask(furtherCalls: number | null): string;
}

/** Passed when the share is shown to be under the limit, breached when it is shown to be over it. */
export function rateGate(counts: Hits, question: RateQuestion): GateResult {
  const { gate, limit, level } = question;
  const bounds = rateBounds(counts, FALSE_PASS);
  const observed = counts.calls === 0 ? null : counts.hits / counts.calls;
  const facts = { gate, limit, value: observed, ...bounds };
  const found = question.say(observed === null ? 'unknown' : percent(observed));
  if (evidenceAbove(limit, counts) >= 1 / level)
    return { ...facts, verdict: 'breached', found, needed: null };
  if (evidenceBelow(limit, counts) >= 1 / FALSE_PASS)
    return { ...facts, verdict: 'passed', found, needed: null };
  return { ...facts, verdict: 'open', found, needed: question.ask(furtherCalls(counts, limit)) };
}

const MOST_CALLS = 1e7;

/** How many more calls like those so far would show that the share is under the limit; null when none would. */
function furtherCalls(counts: Hits, limit: number): number | null {
  const rate = counts.calls === 0 ? 0 : counts.hits / counts.calls;
  if (rate >= limit) return null;
  let calls = Math.max(counts.calls, 10);
  while (evidenceBelow(limit, { calls, hits: rate * calls }) < 1 / FALSE_PASS) {
    calls *= 1.05;
    if (calls > MOST_CALLS) return null;
  }
  return Math.ceil(calls - counts.calls);
}
