import { percentile } from '../../serve/percentile.ts';
import { STEADY_KINDS } from './call-kinds.ts';
import type { CallOutcome } from './soak-call.ts';

type Ended = CallOutcome['ended'];

/** Latencies of good calls in one stretch of time. */
export interface Stretch {
  calls: number;
  /** Median and 99th percentile of good plain calls to the upstream, milliseconds. */
  p50Ms: number | null;
  p99Ms: number | null;
  /** Of the same calls straight to the upstream. */
  directP50Ms: number | null;
  directP99Ms: number | null;
  /** Of own models. */
  ownP50Ms: number | null;
  ownP99Ms: number | null;
}

/** The client's own count of what became of its calls. */
export class SoakTally {
  readonly byEnd: Record<Ended, number> = { answered: 0, refused: 0, failed: 0, left: 0, hung: 0 };
  readonly byKind = new Map<string, Partial<Record<Ended, number>>>();
  /** The first ones that went wrong, and how many did. */
  readonly wrong: { number: number; kind: string; what: string }[] = [];
  wrongCount = 0;
  /** How call `number` ended. */
  readonly ends: { ended: Ended; kind: string }[] = [];
  readonly #plain: number[] = [];
  readonly #own: number[] = [];
  readonly #direct: number[] = [];
  #calls = 0;

  add(outcome: CallOutcome): void {
    const { number, kind, ended, wrong, ms } = outcome;
    this.#calls++;
    this.byEnd[ended]++;
    this.ends[number] = { ended, kind: kind.name };
    const counts = this.byKind.get(kind.name) ?? {};
    counts[ended] = (counts[ended] ?? 0) + 1;
    this.byKind.set(kind.name, counts);
    if (wrong !== null) {
      this.wrongCount++;
      if (this.wrong.length < 50) this.wrong.push({ number, kind: kind.name, what: wrong });
    }
    if (ended !== 'answered' || !STEADY_KINDS.includes(kind.name) || kind.stream) return;
    (kind.model.startsWith('task:') ? this.#own : this.#plain).push(ms);
  }

  addDirect({ ms }: CallOutcome): void {
    this.#direct.push(ms);
  }

  /** What came since the last time it was asked. */
  takeStretch(): Stretch {
    const plain = Float64Array.from(this.#plain.splice(0)).toSorted();
    const own = Float64Array.from(this.#own.splice(0)).toSorted();
    const direct = Float64Array.from(this.#direct.splice(0)).toSorted();
    const at = (sorted: Float64Array, share: number): number | null =>
      sorted.length === 0 ? null : percentile(sorted, share);
    const calls = this.#calls;
    this.#calls = 0;
    return {
      calls,
      p50Ms: at(plain, 0.5),
      p99Ms: at(plain, 0.99),
      directP50Ms: at(direct, 0.5),
      directP99Ms: at(direct, 0.99),
      ownP50Ms: at(own, 0.5),
      ownP99Ms: at(own, 0.99),
    };
  }
}
