import type { Labels } from './metric-text.ts';

/** What stands for labels that came too late to get a series of their own. */
const OTHER = 'other';

interface Series<T> {
  readonly labels: Labels;
  readonly value: T;
}

/** Values by the first label, then by the second, and so on: looking up makes no new text. */
type Branch<T> = Map<string, Branch<T> | Series<T>>;

/**
 * One value for each combination of labels, made when it is first seen. Some labels come from clients, so their number is bounded: what
 * comes after is counted together, all its labels being `other`.
 */
export class SeriesTable<T> {
  readonly #names: readonly string[];
  readonly #make: () => T;
  readonly #most: number;
  readonly #root: Branch<T> = new Map();
  readonly #all: Series<T>[] = [];

  constructor(names: readonly string[], make: () => T, most = 1000) {
    this.#names = names;
    this.#make = make;
    this.#most = most;
  }

  /** `values` in the order of the names. */
  at(...values: readonly string[]): T {
    let found: Branch<T> | Series<T> | undefined = this.#root;
    for (const value of values) {
      found = (found as Branch<T>).get(value);
      if (found === undefined) return this.#add(values);
    }
    return (found as Series<T>).value;
  }

  entries(): readonly Series<T>[] {
    return this.#all;
  }

  #add(values: readonly string[]): T {
    if (this.#all.length >= this.#most && values.some((value) => value !== OTHER))
      return this.at(...values.map(() => OTHER));
    const labels = this.#names.map((name, index) => [name, values[index] ?? ''] as const);
    const series = { labels, value: this.#make() };
    let branch = this.#root;
    for (const value of values.slice(0, -1)) {
      let next = branch.get(value);
      if (next === undefined) branch.set(value, (next = new Map()));
      branch = next as Branch<T>;
    }
    branch.set(values.at(-1)!, series);
    this.#all.push(series);
    return series.value;
  }
}
