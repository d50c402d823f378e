import type { GateSettings } from '../../registry/gates/gate-settings.ts';
import { breachOnServer, type ServerCounts } from '../../registry/gates/server-breach.ts';
import type { GateResult } from '../../schema/gate.ts';
import type { InferenceSummary } from '../../schema/inference.ts';
import type { CallObserver } from '../call-observer.ts';
import type { LoadedCandidate, ModelPool } from '../model-pool.ts';

export interface CandidateGuardOptions {
  readonly tasks: readonly GateSettings[];
  readonly pool: ModelPool;
  /** A canary that must go, with the gate that it breached. */
  onBreach(breach: { task: string; version: number; gate: GateResult }): void;
}

type Counts = { -readonly [name in keyof ServerCounts]: number } & { readonly since: string };

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
    const breach = breachOnServer(counts, settings);
    if (breach !== null) this.#stop(call.task, canary, breach);
  }

  #stop(task: string, canary: LoadedCandidate, gate: GateResult): void {
    const { pool, onBreach } = this.#options;
    pool.suspend(canary);
    onBreach({ task, version: canary.version, gate });
  }

  #countsOf(name: string, since: string): Counts {
    const known = this.#counts.get(name);
    if (known?.since === since) return known;
    const fresh = { since, calls: 0, failed: 0, answered: 0, slow: 0 };
    this.#counts.set(name, fresh);
    return fresh;
  }
}
