/** Counts of "did the interval cover the truth", by name. */
export class Tally {
  readonly #counts = new Map<string, { hits: number; trials: number; width: number; bias: number }>();

  /** Counts one interval; an unknown bound reaches as far as it can. */
  cover(
    name: string,
    estimate: { value: number; low: number | null; high: number | null },
    truth: number,
  ): void {
    const low = estimate.low ?? -1;
    const high = estimate.high ?? 1;
    this.add(name, low - 1e-12 <= truth && truth <= high + 1e-12, high - low, estimate.value - truth);
  }

  add(name: string, hit: boolean, width = 0, bias = 0): void {
    const count = this.#counts.get(name) ?? { hits: 0, trials: 0, width: 0, bias: 0 };
    count.hits += hit ? 1 : 0;
    count.trials++;
    count.width += width;
    count.bias += bias;
    this.#counts.set(name, count);
  }

  /** Share of hits; NaN when nothing was counted. */
  share(name: string): number {
    const count = this.#counts.get(name);
    return count === undefined ? Number.NaN : count.hits / count.trials;
  }

  get rows(): { name: string; share: number; trials: number; meanWidth: number; meanBias: number }[] {
    return [...this.#counts].map(([name, { hits, trials, width, bias }]) => ({
      name,
      share: hits / trials,
      trials,
      meanWidth: width / trials,
      meanBias: bias / trials,
    }));
  }
}
