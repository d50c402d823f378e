import { evidenceAbove } from '../../evaluate/sequential/rate-evidence.ts';
import { ALARM_SHARES, type GateSettings, SLOW_SHARE } from '../../registry/gates/gate-settings.ts';
import { counted, digits, percent } from '../../registry/gates/gate-words.ts';
import type { GateResult } from '../../schema/gate.ts';
import type { InferenceSummary } from '../../schema/inference.ts';
import type { CallObserver } from '../call-observer.ts';
import type { LoadedCandidate, ModelPool } from '../model-pool.ts';

export interface CandidateGuardOptions {
  readonly tasks: readonly GateSettings[];
  readonly pool: ModelPool;
  /** A canary that must go, with the gate that it breached. */
  onBreach(breach: { task: string; version: number; since: string; gate: GateResult }): void;
}

interface Counts {
  readonly since: string;
  calls: number;
  failed: number;
  answered: number;
  slow: number;
}

/**
 * Watches a canary's calls as this server sees them end, before they are stored: one that fails altogether is stopped after two calls,
 * one that is always too slow after three. The same evidence as the gates of the registry, with its own part of the false alarms.
 */
export class CandidateGuard implements CallObserver {
  readonly #options: CandidateGuardOptions;
  readonly #settings: ReadonlyMap<string, GateSettings>;
  readonly #counts = new Map<string, Counts>();

  constructor(options: CandidateGuardOptions) {
    this.#options = options;
    this.#settings = new Map(options.tasks.map((settings) => [settings.task, settings]));
  }

  finished(call: InferenceSummary): void {
    if (call.task === null) return;
    const canary = this.#options.pool.candidate(call.task, 'canary');
    const first = call.attempts[0];
    if (canary === null || first === undefined) return;
    const name = `${call.task}@${canary.version}`;
    // Whoever asked for the version by its name does not count: that is how it is tried out.
    const isCanarys = first.target === name && call.answeredAs !== 'version' && call.model !== name;
    if (!isCanarys || first.failure === 'client-left') return;
    const failed = first.failure !== null && (first.status === null || first.status >= 500);
    // What it refused because of the request is not its fault, and no answer whose time would count.
    if (first.failure !== null && !failed) return;
    const settings = this.#settings.get(call.task)!;
    const counts = this.#countsOf(name, canary.since);
    counts.calls++;
    if (failed) counts.failed++;
    else {
      counts.answered++;
      if (settings.maxP95Ms !== null && call.durationMs > settings.maxP95Ms) counts.slow++;
    }
    const breach = breachOf(counts, settings);
    if (breach !== null) this.#stop(call.task, canary, breach);
  }

  #stop(task: string, canary: LoadedCandidate, gate: GateResult): void {
    const { pool, onBreach } = this.#options;
    pool.suspend(canary);
    onBreach({ task, version: canary.version, since: canary.since, gate });
  }

  #countsOf(name: string, since: string): Counts {
    const known = this.#counts.get(name);
    if (known?.since === since) return known;
    const fresh = { since, calls: 0, failed: 0, answered: 0, slow: 0 };
    this.#counts.set(name, fresh);
    return fresh;
  }
}

function breachOf({ calls, failed, answered, slow }: Counts, settings: GateSettings): GateResult | null {
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
